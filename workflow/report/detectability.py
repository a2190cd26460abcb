"""P_E against payload: one line per embedder, one panel per detector."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pandas import DataFrame
from scipy.optimize import isotonic_regression

from embedders import EMBEDDERS
from models import intervals
from models.intervals import MEASURES
from models.scores import Scores
from stegdata.names import StegoSet, TrainedDetector
from workflow.report.run import own_scores
from workflow.report.spread import mean_and_deviation
from workflow.report.style import COLOURS, LINES, Axes, grid
from workflow.report.table import Table

MARKERS = "osD^vPX"
#: Smallest distance, in P_E, between names beside lines.
GAP = 0.033
#: A panel compares stego sets that differ only in embedder and payload, by detectors of one kind.
PANEL = ["source", "quality", "detector"]
NOTE = (
    "P_E: the smallest mean of the shares of false alarms and of missed detections, over all thresholds; 0.5 is "
    "guessing, 0 is always right. The lower, the easier the embedder is detected. Interval: 95 %, delete-one-group "
    "jackknife (groups: photographs, patients); it covers the test images, not the choice of the training images. All "
    "embedders of a panel are compared on the same covers. Mean over seeds where there are more. Where photographs "
    "were dealt anew (splits above 1), mean ± standard deviation over splits stand instead."
)


def build(detectors: Sequence[TrainedDetector], splits: Mapping[TrainedDetector, DataFrame]) -> Table:
    """Return a row per detector, embedder (one, of known payload) and payload; none unless an embedder has two.

    `splits` are the measures of detectors on many splits, a row a split.
    """
    panels: dict[tuple[str, str, str], dict[StegoSet, list[TrainedDetector]]] = {}
    for detector in detectors:
        stego_set = detector.stego_set
        if stego_set.payload is not None and len(stego_set.embedders) == 1:
            quality = "" if stego_set.quality is None else str(stego_set.quality)
            panel = panels.setdefault((stego_set.source, quality, detector.title), {})
            panel.setdefault(stego_set, []).append(detector)
    rows = [
        dict(zip(PANEL, key, strict=True)) | row
        for key, panel in panels.items()
        if len({_line(stego_set) for stego_set in panel}) < len(panel)
        for row in (_over_splits(panel, splits) if _all_in(panel, splits) else _rows(panel))
    ]
    return Table("detectability", "Detectability against payload", NOTE, DataFrame(rows))


def _all_in(panel: Mapping[StegoSet, Sequence[TrainedDetector]], splits: Mapping[TrainedDetector, DataFrame]) -> bool:
    return all(detector in splits for detectors in panel.values() for detector in detectors)


def _rows(panel: Mapping[StegoSet, Sequence[TrainedDetector]]) -> list[dict[str, Any]]:
    """P_E of each stego set of a panel, on the covers that all have."""
    scores = {stego_set: list(map(own_scores, detectors)) for stego_set, detectors in panel.items()}
    common = set.intersection(*(set(_covers(seed)) for seeds in scores.values() for seed in seeds))
    rows = []
    for stego_set in _in_order(scores):
        seeds = [seed.part(np.array([cover in common for cover in _covers(seed)])) for seed in scores[stego_set]]
        measured = intervals.mean([seed.replicates() for seed in seeds])
        p_e, low, high = (
            float(numbers[MEASURES.index("p_e")]) for numbers in (measured.all_images, *measured.interval())
        )
        row = _names(stego_set) | {"p_e": p_e, "p_e_sd": np.nan, "p_e_low": max(low, 0), "p_e_high": min(high, 0.5)}
        counts = {"images": len(seeds[0].labels), "groups": measured.groups, "seeds": len(seeds), "splits": 1}
        rows.append(row | counts)
    return rows


def _over_splits(
    panel: Mapping[StegoSet, Sequence[TrainedDetector]], splits: Mapping[TrainedDetector, DataFrame]
) -> list[dict[str, Any]]:
    """P_E of each stego set of a panel: mean and standard deviation over splits."""
    rows = []
    for stego_set in _in_order(panel):
        (detector,) = panel[stego_set]  # a classifier of features has one seed
        of_detector = splits[detector]
        row = _names(stego_set) | mean_and_deviation(of_detector, ["p_e"]) | {"p_e_low": np.nan, "p_e_high": np.nan}
        images, groups = (round(of_detector[name].mean()) for name in ("test_pairs", "test_groups"))
        rows.append(row | {"images": 2 * images, "groups": groups, "seeds": 1, "splits": len(of_detector)})
    return rows


def _in_order(stego_sets: Iterable[StegoSet]) -> list[StegoSet]:
    """By embedder, as they are registered, and payload."""
    order = {name: number for number, name in enumerate(EMBEDDERS)}
    return sorted(stego_sets, key=lambda item: (order[item.embedder], item.coded, item.payload or 0))


def _line(stego_set: StegoSet) -> str:
    """Embedder, and whether messages are really embedded: one line of a panel."""
    return f"{stego_set.embedder}{' (stc)' * stego_set.coded}"


def _names(stego_set: StegoSet) -> dict[str, Any]:
    payload = f"{stego_set.payload:g} {EMBEDDERS[stego_set.embedder].domain.unit}"
    return {"embedder": _line(stego_set), "payload": payload}


def _covers(scores: Scores) -> list[tuple[str, str]]:
    return list(zip(scores.sources, scores.names, strict=True))


def draw(path: Path, rows: DataFrame) -> None:
    """Draw one panel per detector, lines named at their ends; an embedder has one colour in all panels of a unit."""
    rows = rows.assign(
        amount=rows["payload"].str.partition(" ")[0].astype(float), unit=rows["payload"].str.partition(" ")[2]
    )
    panels = list(rows.groupby(PANEL, sort=False))
    with grid(path, len(panels), columns=3, width=3.9, height=3.4, pdf=True) as axes:
        for axis, ((source, quality, detector), panel) in zip(axes, panels, strict=True):
            unit = panel["unit"].iloc[0]
            _draw_panel(axis, panel, list(rows["embedder"][rows["unit"] == unit].unique()))
            axis.set_xlabel(f"payload ({unit})")
            axis.set_title(f"{source}{f', quality {quality}' if quality else ''}\n{detector}", fontsize=8.5)


def _draw_panel(axis: Axes, panel: DataFrame, embedders: Sequence[str]) -> None:
    ends = []
    for embedder, line in panel.groupby("embedder", sort=False):
        number = embedders.index(embedder)
        colour, style = COLOURS[number % len(COLOURS)], LINES[number % len(LINES)]
        marker = MARKERS[number % len(MARKERS)]
        axis.plot(line["amount"], line["p_e"], style, marker=marker, color=colour, linewidth=1.5, markersize=4)
        low = line["p_e_low"].fillna(line["p_e"] - line["p_e_sd"])
        high = line["p_e_high"].fillna(line["p_e"] + line["p_e_sd"])
        axis.vlines(line["amount"], low, high, color=colour, linewidth=1, alpha=0.7)
        ends.append((line["amount"].iloc[-1], line["p_e"].iloc[-1], embedder, colour))
    axis.axhline(0.5, color="grey", linewidth=1, linestyle=":")
    axis.set(ylabel="$P_E$", ylim=(0, 0.53))
    _name_lines(axis, ends)


def apart(values: Sequence[float], gap: float) -> list[float]:
    """Heights of labels for falling values: at least a gap from one another, as near to the values as possible."""
    steps = gap * np.arange(len(values))
    return (isotonic_regression(np.asarray(values) + steps, increasing=False).x - steps).tolist()


def _name_lines(axis: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write names beside the ends of lines, moved apart where they would overlap."""
    ends = sorted(ends, key=lambda end: -end[1])
    place = max(payload for payload, *_ in ends) + 0.04 * np.ptp(axis.get_xlim())
    style: dict[str, Any] = {"fontsize": 7.5, "va": "center", "annotation_clip": False}
    for (payload, value, name, colour), height in zip(ends, apart([end[1] for end in ends], GAP), strict=True):
        line = {"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2}
        axis.annotate(name, (payload, value), (place, height), color=colour, arrowprops=line, **style)
