"""How well detectors do: ROC curves, accuracies with intervals beside published ones, the cross-dataset matrix."""

import csv
from collections.abc import Iterable, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from models.figures import COLOURS, LINES, styled
from models.layout import Row, write_csv
from workflow.report.sets import read_tsv

THRESHOLD = 0.5
#: Corners of a curve that are drawn at most: more would not be seen.
POINTS = 201
#: Tables of accuracies by stego set.
TABLES = ("table2", "table3", "table4")


def roc(scores: Iterable[Path]) -> list[Row]:
    """Corners of the ROC curve of each training, `POINTS` at most, and the point at threshold 0.5."""
    rows = []
    for path in map(Path, scores):
        union, stego_set, network, recipe, seed = path.parts[-6:-1]
        lines = read_tsv(path)
        labels = np.array([line["label"] == "1" for line in lines])
        score = np.array([float(line["score"]) for line in lines])
        alarms, detections = (_thinned(rates) for rates in roc_curve(labels, score)[:2])
        called = score >= THRESHOLD
        points = [
            *zip(alarms.tolist(), detections.tolist(), strict=True),
            (called[~labels].mean(), called[labels].mean()),
        ]
        rows += [
            {"stego_set": f"{union} {stego_set}", "training": f"{network} {recipe} {seed}", "point": kind}
            | {"false_alarm": float(alarm), "detection": float(detection)}
            for kind, (alarm, detection) in zip(["curve"] * len(alarms) + ["threshold"], points, strict=True)
        ]
    return rows


def _thinned(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evenly spaced corners, the first and the last among them."""
    return rates[np.unique(np.linspace(0, len(rates) - 1, POINTS).round().astype(int))]


def draw_roc(path: Path, rows: Sequence[Row]) -> None:
    """Draw one panel a stego set; a dot marks threshold 0.5."""
    names = list(dict.fromkeys(row["stego_set"] for row in rows))
    columns = min(4, len(names))
    lines = -(-len(names) // columns)
    with styled(path, 2.9 * columns + 0.2, 3.3 * lines) as figure:
        axes = figure.subplots(lines, columns, squeeze=False).flat
        for axis, name in zip(axes, names, strict=False):
            axis.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle=":")
            trainings = list(dict.fromkeys(row["training"] for row in rows if row["stego_set"] == name))
            for training, colour, style in zip(trainings, cycle(COLOURS), cycle(LINES), strict=False):
                mine = [row for row in rows if (row["stego_set"], row["training"]) == (name, training)]
                curve = [(row["false_alarm"], row["detection"]) for row in mine if row["point"] == "curve"]
                dot = next((row["false_alarm"], row["detection"]) for row in mine if row["point"] == "threshold")
                axis.plot(*zip(*curve, strict=True), style, color=colour, linewidth=1.5, label=training)
                axis.plot(*dot, "o", color=colour, markersize=4)
            axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="false alarms", ylabel="detections")
            axis.set_title(name.replace(" ", "\n", 1), fontsize=8)
            axis.legend(loc="lower right", fontsize=6.5)
        for axis in figure.axes[len(names) :]:
            axis.set_visible(False)


def accuracies(tables: Path) -> list[Row]:
    """Accuracies that were measured, with interval and, where there is one, the published number."""
    rows = []
    for name in TABLES:
        embedder = {"table3": "suniward", "table4": "wow"}.get(name, "")
        for line in read_csv(tables / f"{name}.csv"):
            if line["accuracy"]:
                label = " ".join((line["data"], line.get("embedder") or embedder, line["payload"]))
                kept = {key: float(line[key]) if line[key] else "" for key in ("accuracy", "low", "high", "paper")}
                rows.append(
                    {"stego_set": label, "training": f"{line['network']} {line['head']} {line['recipe']}"} | kept
                )
    return rows


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows of a table."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


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
        axis.set_yticks(heights, [f"{row['stego_set']} · {row['training']}" for row in rows], fontsize=7.5)
        axis.set(xlabel="accuracy on the test split", ylim=(0.3, len(rows) + 0.7))
        figure.legend(loc="outside lower center", ncols=2)


def draw_cross(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """Draw accuracy of each detector (row) on each stego set (column), one panel a network, head and recipe."""
    panels = list(dict.fromkeys((row["network"], row["head"], row["recipe"]) for row in rows))
    names = [list(dict.fromkeys(row[key] for row in rows)) for key in ("trained_on", "tested_on")]
    width, height = 1.0 * len(names[1]) + 3, 0.5 * len(names[0]) + 1.8
    with styled(path, width, height * len(panels)) as figure:
        for axis, panel in zip(figure.subplots(len(panels), 1, squeeze=False).flat, panels, strict=True):
            values = np.full(tuple(map(len, names)), np.nan)
            for row in rows:
                if (row["network"], row["head"], row["recipe"]) == panel:
                    place = names[0].index(row["trained_on"]), names[1].index(row["tested_on"])
                    values[place] = float(row["accuracy"])
            drawn = axis.imshow(values, vmin=0.5, vmax=1, aspect="auto")
            for (line, column), value in np.ndenumerate(values):
                if np.isfinite(value):
                    colour = "black" if value > 0.75 else "white"
                    axis.text(column, line, f"{100 * value:.1f}", ha="center", va="center", color=colour, fontsize=8)
            axis.set_xticks(range(len(names[1])), names[1], rotation=30, ha="right", fontsize=7.5)
            axis.set_yticks(range(len(names[0])), names[0], fontsize=7.5)
            axis.set(xlabel="tested on", ylabel="trained on", title=" ".join(panel))
            axis.grid(False)
            figure.colorbar(drawn, ax=axis, label="accuracy", shrink=0.8)


def write(folder: Path, scores: Iterable[Path], tables: Path, cross: Path | None) -> list[str]:
    """Draw all of them with their CSV; return the names of those that there are."""
    drawings = {"roc": (roc(scores), draw_roc), "accuracy": (accuracies(tables), draw_accuracies)}
    if cross is not None:
        drawings["cross"] = (read_csv(cross / "cross.csv"), draw_cross)
    names = []
    for name, (rows, draw) in drawings.items():
        if rows:
            write_csv(folder / f"{name}.csv", rows)
            draw(folder / name, rows)
            names.append(name)
    return names
