"""Training curves, from the histories, with the numbers kept beside them."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import matplotlib

from models.history import best, read_history
from stegdata.files import atomic_folder

#: Okabe and Ito's colours, told apart by colour-blind readers too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def training_curves(folder: Path, histories: Iterable[Path]) -> None:
    """Draw accuracy and loss by epoch, one PNG a stego set, and write the curves as `training-curves.csv`.

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
        _write_curves(temporary / "training-curves.csv", curves)
        for stego_set, trainings in curves.items():
            _draw(temporary / f"curves-{stego_set}.png", stego_set, trainings)


def _write_curves(path: Path, curves: dict) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = None
        for stego_set, trainings in curves.items():
            for training, history in trainings.items():
                for epoch in history:
                    row = {"stego_set": stego_set, "training": training} | asdict(epoch)
                    if table is None:
                        table = csv.DictWriter(file, fieldnames=list(row), lineterminator="\n")
                        table.writeheader()
                    table.writerow(row)


def _draw(path: Path, stego_set: str, trainings: dict) -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.8), layout="constrained")
    for axis, what, unit in zip(axes, ("accuracy", "loss"), ("share of images", "nats"), strict=True):
        for colour, (training, history) in zip(COLOURS * len(trainings), trainings.items(), strict=False):
            epochs = [epoch.epoch for epoch in history]
            for split, style in (("train", "--"), ("val", "-")):
                values = [getattr(epoch, f"{split}_{what}") for epoch in history]
                axis.plot(epochs, values, style, color=colour, label=f"{training}, {split}", linewidth=1.6)
            chosen = best(history)
            axis.plot(chosen.epoch, getattr(chosen, f"val_{what}"), "o", color=colour, label=f"{training}, kept")
        axis.set(xlabel="epoch", ylabel=f"{what} ({unit})")
        axis.grid(alpha=0.3)
    axes[0].axhline(0.5, color="grey", linewidth=1, linestyle=":")
    handles, labels = axes[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
    figure.suptitle(stego_set)
    figure.savefig(path, dpi=130, metadata={"Software": None})
    pyplot.close(figure)
