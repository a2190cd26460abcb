"""How figures look and are written, and training curves, with the numbers kept beside them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from models.history import Epoch, best, read_history
from models.layout import Row, write_csv
from stegdata.files import atomic_folder

#: Okabe and Ito's colours, told apart by colour-blind readers too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Told apart in grey print, where colours are not.
LINES = ("-", "--", "-.", ":")
DPI = 130
STYLE = {
    "svg.hashsalt": "cnn-lstm-steganalysis",  # names inside SVG files, otherwise random
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "image.cmap": "cividis",
}


@contextmanager
def styled(path: Path, width: float, height: float) -> Iterator[Figure]:
    """Yield a figure of so many inches; write it as `<path>.png` and `<path>.svg`, the same bytes each time."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        figure.savefig(f"{path}.png", dpi=DPI, metadata={"Software": None})
        figure.savefig(f"{path}.svg", dpi=DPI, metadata={"Date": None, "Creator": None})


def training_curves(folder: Path, histories: Iterable[Path]) -> None:
    """Draw accuracy and loss by epoch, one figure a stego set, and write the curves as `training-curves.csv`.

    Parameters
    ----------
    folder : Path
        Made if needed.
    histories : iterable of Path
        `.../<union>/<stego set>/<network>-<head>/<recipe>/seed-<n>/history.tsv`.
    """
    curves = defaultdict(dict)
    for path in map(Path, histories):
        union, stego_set, network, recipe, seed = path.parts[-6:-1]
        curves[f"{union}-{stego_set}"][f"{network} {recipe} {seed}"] = read_history(path)
    with atomic_folder(folder) as temporary:
        write_csv(temporary / "training-curves.csv", _rows(curves))
        for stego_set, trainings in curves.items():
            _draw(temporary / f"curves-{stego_set}", stego_set, trainings)


def _rows(curves: dict[str, dict[str, list[Epoch]]]) -> list[Row]:
    return [
        {"stego_set": stego_set, "training": training} | asdict(epoch)
        for stego_set, trainings in curves.items()
        for training, history in trainings.items()
        for epoch in history
    ]


def _draw(path: Path, stego_set: str, trainings: dict[str, list[Epoch]]) -> None:
    with styled(path, 10, 4.8) as figure:
        axes = figure.subplots(1, 2)
        for axis, what, unit in zip(axes, ("accuracy", "loss"), ("share of images", "nats"), strict=True):
            for colour, (training, history) in zip(COLOURS * len(trainings), trainings.items(), strict=False):
                epochs = [epoch.epoch for epoch in history]
                for split, style in (("train", "--"), ("val", "-")):
                    values = [getattr(epoch, f"{split}_{what}") for epoch in history]
                    axis.plot(epochs, values, style, color=colour, label=f"{training}, {split}", linewidth=1.6)
                chosen = best(history)
                axis.plot(chosen.epoch, getattr(chosen, f"val_{what}"), "o", color=colour, label=f"{training}, kept")
            axis.set(xlabel="epoch", ylabel=f"{what} ({unit})")
            axis.xaxis.get_major_locator().set_params(integer=True)
        axes[0].axhline(0.5, color="grey", linewidth=1, linestyle=":")
        handles, labels = axes[1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
        figure.suptitle(stego_set)
