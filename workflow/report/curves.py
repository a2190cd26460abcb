"""How well detectors do, drawn: training curves, ROC curves, accuracies with intervals beside published ones."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from models import history, scores
from models.history import Epoch
from models.scores import THRESHOLD
from stegdata.names import StegoSet, TrainedDetector
from workflow.report.style import COLOURS, LINES, styled
from workflow.report.table import Row, Table, write_csv

#: Corners of a curve that are drawn at most: more would not be seen.
POINTS = 201
#: Tables of accuracies by stego set; the last has every detector.
ACCURACIES = {"table2": "", "table3": "suniward", "table4": "wow", "detectors": ""}


def by_set(detectors: Sequence[TrainedDetector]) -> dict[StegoSet, list[TrainedDetector]]:
    """Detectors by what they were trained on."""
    found: dict[StegoSet, list[TrainedDetector]] = {}
    for detector in detectors:
        found.setdefault(detector.stego_set, []).append(detector)
    return found


def label(detector: TrainedDetector) -> str:
    """Name, recipe and seed."""
    return f"{detector.title} seed-{detector.seed}"


def training(folder: Path, networks: Sequence[TrainedDetector]) -> list[str]:
    """Draw accuracy and loss by epoch, one figure a stego set, and write `training-curves.csv`; return their names."""
    names, rows = [], []
    for stego_set, trained in by_set(networks).items():
        curves = {label(one): history.read(Path(one.file("history.tsv"))) for one in trained}
        names.append(f"curves-{stego_set.source}-{stego_set.name}")
        _draw_training(folder / names[-1], str(stego_set), curves)
        rows += [
            {"stego_set": str(stego_set), "training": name} | asdict(epoch)
            for name, epochs in curves.items()
            for epoch in epochs
        ]
    if rows:
        write_csv(folder / "training-curves.csv", rows)
    return names


def _draw_training(path: Path, title: str, trainings: dict[str, list[Epoch]]) -> None:
    with styled(path, 10, 4.8) as figure:
        axes = figure.subplots(1, 2)
        for axis, what, unit in zip(axes, ("accuracy", "loss"), ("share of images", "nats"), strict=True):
            for colour, (name, epochs) in zip(COLOURS * len(trainings), trainings.items(), strict=False):
                numbers = [epoch.epoch for epoch in epochs]
                for split, style in (("train", "--"), ("val", "-")):
                    values = [asdict(epoch)[f"{split}_{what}"] for epoch in epochs]
                    axis.plot(numbers, values, style, color=colour, label=f"{name}, {split}", linewidth=1.6)
                chosen = history.best(epochs)
                kept = asdict(chosen)[f"val_{what}"]
                axis.plot(chosen.epoch, kept, "o", color=colour, label=f"{name}, kept")
            axis.set(xlabel="epoch", ylabel=f"{what} ({unit})")
            axis.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        axes[0].axhline(0.5, color="grey", linewidth=1, linestyle=":")
        handles, labels = axes[1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
        figure.suptitle(title)


def roc(detectors: Sequence[TrainedDetector]) -> list[Row]:
    """Corners of the ROC curve of each detector, `POINTS` at most, and the point at the threshold."""
    rows = []
    for detector in detectors:
        known = scores.read(Path(detector.file("scores.tsv")))
        stego, called = known.labels == 1, known.values >= THRESHOLD
        alarms, detections = (_thinned(rates).tolist() for rates in roc_curve(stego, known.values)[:2])
        points = [("curve", alarm, detection) for alarm, detection in zip(alarms, detections, strict=True)]
        points.append(("threshold", float(called[~stego].mean()), float(called[stego].mean())))
        rows += [
            {"stego_set": str(detector.stego_set), "detector": label(detector), "point": kind}
            | {"false_alarm": alarm, "detection": detection}
            for kind, alarm, detection in points
        ]
    return rows


def _thinned(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evenly spaced corners, the first and the last among them."""
    return rates[np.unique(np.linspace(0, len(rates) - 1, POINTS).round().astype(int))]


def draw_roc(path: Path, rows: Sequence[Row]) -> None:
    """Draw one panel a stego set; a dot marks the threshold."""
    names = list(dict.fromkeys(row["stego_set"] for row in rows))
    columns = min(4, len(names))
    lines = -(-len(names) // columns)
    with styled(path, 2.9 * columns + 0.2, 3.3 * lines) as figure:
        axes = figure.subplots(lines, columns, squeeze=False).flat
        for axis, name in zip(axes, names, strict=False):
            axis.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle=":")
            detectors = list(dict.fromkeys(row["detector"] for row in rows if row["stego_set"] == name))
            for detector, colour, style in zip(detectors, cycle(COLOURS), cycle(LINES), strict=False):
                mine = [row for row in rows if (row["stego_set"], row["detector"]) == (name, detector)]
                curve = [(row["false_alarm"], row["detection"]) for row in mine if row["point"] == "curve"]
                dot = next((row["false_alarm"], row["detection"]) for row in mine if row["point"] == "threshold")
                axis.plot(*zip(*curve, strict=True), style, color=colour, linewidth=1.5, label=detector)
                axis.plot(*dot, "o", color=colour, markersize=4)
            axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="false alarms", ylabel="detections")
            axis.set_title(name.replace("/", "\n", 1), fontsize=8)
            axis.legend(loc="lower right", fontsize=6.5)
        for axis in figure.axes[len(names) :]:
            axis.set_visible(False)


def accuracies(tables: Sequence[Table]) -> list[Row]:
    """Accuracies that were measured, with interval and, where there is one, the published number: every detector once.

    Of the paper's tables first, then of embedders and networks that the paper has no table for.
    """
    found: dict[tuple[str, str], Row] = {}
    for table in tables:
        if table.name in ACCURACIES:
            for row in table.rows:
                embedder = row.get("embedder", ACCURACIES[table.name])
                stego_set = f"{row['data']} {embedder} {row['payload']}"
                detector = f"{row['detector']} {row['head']} {row['recipe']}".strip()
                shown = {"stego_set": stego_set, "detector": detector, "paper": row.get("paper", "")}
                found.setdefault((stego_set, detector), shown | {key: row[key] for key in ("accuracy", "low", "high")})
    return list(found.values())


def draw_accuracies(path: Path, rows: Sequence[Row]) -> None:
    """Draw ours as dots with their 95 % intervals, the paper's as diamonds."""
    heights = list(range(len(rows), 0, -1))
    with styled(path, 9, 0.3 * len(rows) + 1.1) as figure:
        axis = figure.subplots()
        for row, height in zip(rows, heights, strict=True):
            axis.plot([row["low"], row["high"]], [height, height], color=COLOURS[0], linewidth=2, solid_capstyle="butt")
        axis.plot([row["accuracy"] for row in rows], heights, "o", color=COLOURS[0], label="ours, 95 % interval")
        published = [(row["paper"], height) for row, height in zip(rows, heights, strict=True) if row["paper"] != ""]
        if published:
            axis.plot(
                *zip(*published, strict=True), "D", color=COLOURS[1], fillstyle="none", label="published (BOSSBase)"
            )
        axis.axvline(0.5, color="grey", linewidth=1, linestyle=":")
        axis.set_yticks(heights, [f"{row['stego_set']} · {row['detector']}" for row in rows], fontsize=7.5)
        axis.set(xlabel="accuracy on the test split", ylim=(0.3, len(rows) + 0.7))
        figure.legend(loc="outside lower center", ncols=2)
