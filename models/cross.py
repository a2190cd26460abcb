"""Every detector on every stego set: what it makes of another embedder, payload or source than it was trained on."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean, stdev

import matplotlib
import numpy as np

from models.evaluation import wilson
from models.layout import Row, write_table
from stegdata.files import atomic_folder

NOTE = (
    "Rows: what a detector was trained on; `tested_on`: whose test split it scored. Mean over seeds, with the Wilson "
    "95 % interval of the mean on one test split and the standard deviation over seeds. A test split is left out where "
    "its source holds the images of the training source under another split."
)


def write(folder: Path, metrics: Iterable[Path]) -> None:
    """Write `cross.csv`, `cross.md` and one PNG for each network, head and recipe.

    Parameters
    ----------
    folder : Path
        Made whole or not at all.
    metrics : iterable of Path
        Each a `metrics.json` with `trained_on` and `tested_on`, beside network, head, recipe, seed.
    """
    groups = defaultdict(list)
    for path in map(Path, metrics):
        result = json.loads(path.read_text(encoding="utf-8"))
        key = tuple(result[name] for name in ("network", "head", "recipe", "trained_on", "tested_on"))
        groups[key].append(result)
    rows = [_row(key, found) for key, found in sorted(groups.items())]
    with atomic_folder(folder) as temporary:
        write_table(temporary / "cross", "Trained on one stego set, tested on others", rows, NOTE)
        for kind in dict.fromkeys((row["network"], row["head"], row["recipe"]) for row in rows):
            mine = [row for row in rows if (row["network"], row["head"], row["recipe"]) == kind]
            _draw(temporary / f"cross-{'-'.join(kind)}.png", " ".join(kind), mine)


def _row(key: tuple[str, ...], found: Sequence[Row]) -> Row:
    network, head, recipe, trained_on, tested_on = key
    accuracy = mean(r["accuracy"] for r in found)
    low, high = wilson(accuracy, found[0]["independent"])
    row = {"trained_on": trained_on, "tested_on": tested_on, "network": network, "head": head, "recipe": recipe}
    row |= {"accuracy": accuracy, "low": low, "high": high}
    row["spread"] = stdev(r["accuracy"] for r in found) if len(found) > 1 else ""
    row |= {name: mean(r[name] for r in found) for name in ("auc", "p_e")}
    return row | {"images": found[0]["images"], "seeds": len(found)}


def _draw(path: Path, title: str, rows: Sequence[Row]) -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    trained, tested = (list(dict.fromkeys(row[name] for row in rows)) for name in ("trained_on", "tested_on"))
    values = np.full((len(trained), len(tested)), np.nan)
    for row in rows:
        values[trained.index(row["trained_on"]), tested.index(row["tested_on"])] = 100 * row["accuracy"]
    figure, axis = pyplot.subplots(figsize=(3 + 1.4 * len(tested), 2 + 0.7 * len(trained)), layout="constrained")
    image = axis.imshow(values, vmin=50, vmax=100, cmap="cividis", aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            axis.text(j, i, f"{value:.1f}", ha="center", va="center", color="black" if value > 75 else "white")
    axis.set_xticks(range(len(tested)), tested, rotation=30, ha="right")
    axis.set_yticks(range(len(trained)), trained)
    axis.set(xlabel="tested on", ylabel="trained on", title=title)
    figure.colorbar(image, label="accuracy (%)")
    figure.savefig(path, dpi=130, metadata={"Software": None})
    pyplot.close(figure)
