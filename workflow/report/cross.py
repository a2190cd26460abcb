"""Every detector on every stego set: what it makes of another embedder, payload or source than it was trained on."""

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

import numpy as np

from models.metrics import wilson
from workflow.report.style import styled
from workflow.report.summary import Result
from workflow.report.table import Row, Table

NOTE = (
    "Rows: what a detector was trained on; tested on: whose test split it scored. Mean over seeds, with the Wilson "
    "95 % interval of the mean on one test split and the standard deviation over seeds. A test split is left out where "
    "its source holds the images of the training source under another split."
)


def build(results: Sequence[Result]) -> Table:
    """A row a detector and tested stego set; empty where detectors scored their own only."""
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for one in results:
        if not one.part:
            key = (one.detector.title, str(one.detector.stego_set), str(one.tested))
            groups.setdefault(key, []).append(one)
    crossed = any(trained != tested for _, trained, tested in groups)
    rows = [_row(*key, found) for key, found in sorted(groups.items())] if crossed else []
    return Table("cross-dataset", "Trained on one stego set, tested on others", NOTE, rows)


def _row(detector: str, trained_on: str, tested_on: str, found: Sequence[Result]) -> Row:
    accuracy = mean(one["accuracy"] for one in found)
    low, high = wilson(accuracy, found[0]["independent"])
    row: Row = {"trained_on": trained_on, "tested_on": tested_on, "detector": detector}
    row |= {"accuracy": accuracy, "low": low, "high": high}
    row["spread"] = stdev(one["accuracy"] for one in found) if len(found) > 1 else ""
    row |= {name: mean(one[name] for one in found) for name in ("auc", "p_e")}
    return row | {"images": found[0]["images"], "seeds": len(found)}


def draw(path: Path, rows: Sequence[Row]) -> None:
    """Draw accuracy by what was trained on (row) and tested on (column), one panel a detector, columns in common."""
    tested = sorted({row["tested_on"] for row in rows})
    panels: dict[str, list[str]] = {}
    for row in rows:
        trained = panels.setdefault(row["detector"], [])
        trained += [] if row["trained_on"] in trained else [row["trained_on"]]
    lines = [len(trained) for trained in panels.values()]
    with styled(path, 0.9 * len(tested) + 3.5, 0.4 * sum(lines) + 0.35 * len(panels) + 1.6) as figure:
        axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=lines)[:, 0]
        for axis, (panel, trained) in zip(axes, panels.items(), strict=True):
            values = np.full((len(trained), len(tested)), np.nan)
            for row in rows:
                if row["detector"] == panel:
                    values[trained.index(row["trained_on"]), tested.index(row["tested_on"])] = row["accuracy"]
            drawn = axis.imshow(values, vmin=0.5, vmax=1, aspect="auto")
            for (line, column), value in np.ndenumerate(values):
                if np.isfinite(value):
                    colour = "black" if value > 0.75 else "white"
                    axis.text(column, line, f"{100 * value:.1f}", ha="center", va="center", color=colour, fontsize=8)
            axis.set_yticks(range(len(trained)), trained, fontsize=7.5)
            axis.set_title(panel, fontsize=9)
            axis.grid(False)
        names = [name.replace("/", "\n", 1) for name in tested]
        axes[-1].set_xticks(range(len(tested)), names, rotation=30, ha="right", fontsize=7.5)
        figure.supylabel("trained on", fontsize=9)
        figure.supxlabel("tested on", fontsize=9)
        figure.colorbar(drawn, ax=axes, label="accuracy", shrink=0.8)
