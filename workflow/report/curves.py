"""Training, ROC and reliability curves, and accuracies with intervals beside published ones."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame
from sklearn.metrics import roc_curve

from models import calibration, history
from models.scores import THRESHOLD
from stegdata.names import TrainedDetector
from workflow.report.run import own_scores
from workflow.report.style import COLOURS, LINES, Axes, grid, styled
from workflow.report.table import write_csv

#: Corners of a curve that are drawn at most; more would not be visible.
POINTS = 201
#: How a line looks, as Matplotlib's `plot` takes it.
Style = dict[str, Any]


def _label(detector: TrainedDetector) -> str:
    return f"{detector.title} seed-{detector.seed}"


def training(folder: Path, networks: Sequence[TrainedDetector]) -> list[str]:
    """Draw accuracy and loss by epoch, one figure per stego set, write `training-curves.csv`; return figure names."""
    rows = DataFrame(
        {"stego_set": str(network.stego_set), "training": _label(network)} | asdict(epoch)
        for network in networks
        for epoch in history.read(Path(network.file("history.tsv")))
    )
    if not len(rows):
        return []
    write_csv(folder / "training-curves.csv", rows)
    figures = {f"curves-{name.replace('/', '-', 1)}": epochs for name, epochs in rows.groupby("stego_set", sort=False)}
    for name, epochs in figures.items():
        _draw_training(folder / name, epochs)
    return list(figures)


def _draw_training(path: Path, rows: DataFrame) -> None:
    with styled(path, 10, 4.8) as figure:
        axes = figure.subplots(1, 2)
        for axis, quantity, unit in zip(axes, ("accuracy", "loss"), ("share of images", "nats"), strict=True):
            for colour, (name, epochs) in zip(cycle(COLOURS), rows.groupby("training", sort=False), strict=False):
                for split, style in (("train", "--"), ("val", "-")):
                    values = epochs[f"{split}_{quantity}"]
                    axis.plot(epochs["epoch"], values, style, color=colour, label=f"{name}, {split}", linewidth=1.6)
                kept = epochs.loc[epochs["val_loss"].idxmin()]
                axis.plot(kept["epoch"], kept[f"val_{quantity}"], "o", color=colour, label=f"{name}, kept")
            axis.set(xlabel="epoch", ylabel=f"{quantity} ({unit})")
            axis.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        axes[0].axhline(0.5, color="grey", linewidth=1, linestyle=":")
        handles, labels = axes[1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
        figure.suptitle(rows["stego_set"].iloc[0])


def roc(detectors: Sequence[TrainedDetector]) -> DataFrame:
    """Return the corners of each detector's ROC curve, `POINTS` at most, and its point at the threshold.

    Columns: stego_set, detector, point ("curve" or "threshold"), false_alarm, detection.
    """
    rows = []
    for detector in detectors:
        scores = own_scores(detector)
        stego, called = scores.labels == 1, scores.values >= THRESHOLD
        alarms, detections = (_thinned(rates).tolist() for rates in roc_curve(stego, scores.values)[:2])
        points = [("curve", *corner) for corner in zip(alarms, detections, strict=True)]
        points.append(("threshold", float(called[~stego].mean()), float(called[stego].mean())))
        rows += [(str(detector.stego_set), _label(detector), *point) for point in points]
    return DataFrame(rows, columns=["stego_set", "detector", "point", "false_alarm", "detection"])


def reliability(detectors: Sequence[TrainedDetector]) -> DataFrame:
    """Return the reliability curve of each detector: stego_set, detector, score, share of stegos, calibration_error."""
    rows = []
    for detector in detectors:
        scores = own_scores(detector)
        curve, error = calibration.reliability(scores.labels, scores.values)
        rows += [(str(detector.stego_set), _label(detector), *point, error) for point in curve.tolist()]
    return DataFrame(rows, columns=["stego_set", "detector", "score", "stego_share", "calibration_error"])


def draw_reliability(path: Path, rows: DataFrame) -> None:
    """Draw one panel per stego set."""
    with _panels(path, rows, xlabel="score", ylabel="share of stegos") as lines:
        for axis, detector, points, style in lines:
            label = f"{detector} ({points['calibration_error'].iloc[0]:.3f})"
            axis.plot(points["score"], points["stego_share"], label=label, **style)


@contextmanager
def _panels(path: Path, rows: DataFrame, **labels: str) -> Iterator[Iterator[tuple[Axes, str, DataFrame, Style]]]:
    """Yield axis, detector, its rows and how its line looks, of a square panel per stego set with a dotted diagonal."""
    panels = list(rows.groupby("stego_set", sort=False))

    def lines() -> Iterator[tuple[Axes, str, DataFrame, Style]]:
        for axis, (name, panel) in zip(axes, panels, strict=True):
            axis.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle=":")
            detectors = panel.groupby("detector", sort=False)
            for (detector, points), colour, dashes in zip(detectors, cycle(COLOURS), cycle(LINES), strict=False):
                yield axis, detector, points, {"color": colour, "linestyle": dashes, "linewidth": 1.5}
            axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", **labels)
            axis.set_title(name.replace("/", "\n", 1), fontsize=8)
            axis.legend(loc="lower right", fontsize=6.5)

    with grid(path, len(panels), columns=4, width=2.9, height=3.3) as axes:
        yield lines()


def _thinned(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evenly spaced corners, the first and the last among them."""
    return rates[np.unique(np.linspace(0, len(rates) - 1, POINTS).round().astype(int))]


def draw_roc(path: Path, rows: DataFrame) -> None:
    """Draw one panel per stego set; a dot marks the threshold."""
    with _panels(path, rows, xlabel="false alarms", ylabel="detections") as lines:
        for axis, detector, points, style in lines:
            curve, dot = points[points["point"] == "curve"], points[points["point"] == "threshold"]
            axis.plot(curve["false_alarm"], curve["detection"], label=detector, **style)
            axis.plot(dot["false_alarm"], dot["detection"], "o", color=style["color"], markersize=4)


def accuracies(measured: DataFrame) -> DataFrame:
    """Return accuracies with intervals from `tables.measure`: of the paper's Tables 2 to 4, then of all others."""
    rows = measured.assign(
        stego_set=measured["data"] + " " + measured["embedder"] + " " + measured["payload"],
        detector=(measured["detector"] + " " + measured["head"] + " " + measured["recipe"]).str.strip(),
        order=measured["table"].where(measured["table"].isin((2, 3, 4))),
    )
    columns = ["stego_set", "detector", "paper", "accuracy", "accuracy_low", "accuracy_high"]
    return rows.sort_values("order", kind="stable", na_position="last")[columns].reset_index(drop=True)


def draw_accuracies(path: Path, rows: DataFrame) -> None:
    """Draw measured accuracies as dots with their 95 % intervals, published ones as diamonds."""
    heights = len(rows) - rows.index
    with styled(path, 9, 0.3 * len(rows) + 1.1) as figure:
        axis = figure.subplots()
        axis.hlines(heights, rows["accuracy_low"], rows["accuracy_high"], color=COLOURS[0], linewidth=2)
        axis.plot(rows["accuracy"], heights, "o", color=COLOURS[0], label="ours, 95 % interval")
        if (published := rows["paper"].notna()).any():
            shown = rows["paper"][published]
            axis.plot(shown, heights[published], "D", color=COLOURS[1], fillstyle="none", label="published (BOSSBase)")
        axis.axvline(0.5, color="grey", linewidth=1, linestyle=":")
        axis.set_yticks(heights, rows["stego_set"] + " · " + rows["detector"], fontsize=7.5)
        axis.set(xlabel="accuracy on the test split", ylim=(0.3, len(rows) + 0.7))
        figure.legend(loc="outside lower center", ncols=2)
