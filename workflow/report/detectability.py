"""The figure of the field: P_E against payload, a line an embedder, a panel a detector."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from embedders import EMBEDDERS
from models import scores
from models.scores import Scores
from stegdata.names import StegoSet, TrainedDetector
from workflow.report.differences import Groups, groups_of
from workflow.report.style import COLOURS, LINES, styled
from workflow.report.table import Row, Table

RESAMPLES = 500
MARKERS = "osD^vPX"
#: Of P_E, between names beside lines.
GAP = 0.033
NOTE = (
    "P_E: the smallest mean of the shares of false alarms and of missed detections, over all thresholds; 0.5 is "
    "guessing, 0 is always right. The lower, the easier the embedder is detected. Interval: 95 %, basic bootstrap of "
    f"whole groups (photographs, patients; {RESAMPLES} resamples); it covers the test images, not the choice of the "
    "training images. All embedders of a panel are compared on the same covers. Mean over seeds where there are more."
)


class Panel(NamedTuple):
    """What is compared: detectors alike, on stego sets that differ in embedder and payload only."""

    source: str
    quality: str
    detector: str


def build(detectors: Sequence[TrainedDetector], sources: Sequence[str]) -> Table:
    """A row a detector, embedder and payload; empty unless the run has two payloads of an embedder.

    Parameters
    ----------
    detectors : sequence of TrainedDetector
        Of the run; combined embedders and precomputed pairs, of which no payload is known, are passed over.
    sources : sequence of str
        Whose `split.tsv` tells the groups of covers.
    """
    panels: dict[Panel, dict[StegoSet, list[TrainedDetector]]] = {}
    for detector in detectors:
        tested = detector.stego_set
        if tested.payload is not None and len(tested.embedders) == 1:
            panel = Panel(tested.source, "" if tested.quality is None else str(tested.quality), detector.title)
            panels.setdefault(panel, {}).setdefault(tested, []).append(detector)
    groups = groups_of(sources)
    rows = [row for panel, found in panels.items() if _has_curve(found) for row in _rows(panel, found, groups)]
    return Table("detectability", "Detectability against payload", NOTE, rows)


def _has_curve(stego_sets: Mapping[StegoSet, object]) -> bool:
    """Whether an embedder is there at two payloads."""
    return len({one.embedders for one in stego_sets}) < len(stego_sets)


def _rows(panel: Panel, found: Mapping[StegoSet, Sequence[TrainedDetector]], groups: Groups) -> list[Row]:
    scored = {
        stego_set: [scores.read(Path(one.file("scores.tsv"))) for one in trained]
        for stego_set, trained in found.items()
    }
    covers = [set(zip(one.sources, one.names, strict=True)) for several in scored.values() for one in several]
    common = set.intersection(*covers)
    order = list(EMBEDDERS)
    rows = []
    for stego_set, several in sorted(
        scored.items(), key=lambda item: (order.index(item[0].embedder), item[0].payload or 0)
    ):
        alike = [_of_covers(one, common) for one in several]
        keys = [groups.get(key, key[1]) for key in zip(alike[0].sources, alike[0].names, strict=True)]
        rows.append(
            {**panel._asdict(), "embedder": stego_set.embedder, "payload": _payload(stego_set)}
            | interval(alike, keys)
            | {"images": len(keys), "groups": len(set(keys)), "seeds": len(several)}
        )
    return rows


def _payload(stego_set: StegoSet) -> str:
    """Payload with its unit, as the field writes it."""
    return f"{stego_set.payload:g} {EMBEDDERS[stego_set.embedder].unit}"


def _of_covers(scored: Scores, covers: set[tuple[str, str]]) -> Scores:
    """The images of some covers, in the order of source and name."""
    keys = list(zip(scored.sources, scored.names, strict=True))
    return scored.part(np.array([key in covers for key in keys]))


def interval(scored: Sequence[Scores], keys: Sequence[str]) -> Row:
    """P_E, mean over seeds, with its 95 % interval from resampling groups.

    The basic bootstrap (twice the estimate less the quantiles of the resamples): a resampled P_E is biased downwards,
    since the best threshold is sought anew, and quantiles taken as they are would double that bias.

    Parameters
    ----------
    scored : sequence of Scores
        Of the same n images by each seed.
    keys : sequence of str
        [n], group of each image.

    Returns
    -------
    dict
        `p_e`, `p_e_low`, `p_e_high`, in [0, 0.5]; the bounds are empty where there is one group only.
    """
    _, group_of = np.unique(keys, return_inverse=True)
    count = int(group_of.max()) + 1
    estimate = float(np.mean([_p_e(one, np.ones((1, len(keys))))[0] for one in scored]))
    if count == 1:
        return {"p_e": estimate, "p_e_low": "", "p_e_high": ""}
    drawn = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), RESAMPLES).astype(np.float64)
    resampled = np.mean([_p_e(one, drawn[:, group_of]) for one in scored], axis=0)
    low, high = np.clip(2 * estimate - np.nanquantile(resampled, [0.975, 0.025]), 0, 0.5)
    return {"p_e": estimate, "p_e_low": float(low), "p_e_high": float(high)}


def _p_e(scored: Scores, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """P_E of images that count so often, weights [resamples, n] -> [resamples]; NaN where a class is missing."""
    order = np.argsort(-scored.values, kind="stable")
    last_of_value = np.append(np.diff(scored.values[order]) != 0, True)
    stego = scored.labels[order] == 1
    sorted_weights = weights[:, order]
    detected = np.cumsum(sorted_weights * stego, axis=1)
    alarmed = np.cumsum(sorted_weights * ~stego, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = (alarmed / alarmed[:, -1:] + 1 - detected / detected[:, -1:]) / 2
    return np.minimum(errors[:, last_of_value].min(axis=1), 0.5)


def draw(path: Path, rows: Sequence[Row]) -> None:
    """Draw one panel a detector, with lines named at their ends; an embedder has one colour in all panels."""
    panels = [
        (Panel(*key), list(found)) for key, found in groupby(rows, lambda row: tuple(map(row.get, Panel._fields)))
    ]
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    with styled(path, 3.9 * columns + 0.2, 3.4 * lines, pdf=True) as figure:
        axes = figure.subplots(lines, columns, squeeze=False).flat
        for axis, (panel, found) in zip(axes, panels, strict=False):
            unit = _unit(found[0])
            names = list(dict.fromkeys(row["embedder"] for row in rows if _unit(row) == unit))
            _draw_panel(axis, panel, found, names)
        for axis in figure.axes[len(panels) :]:
            axis.set_visible(False)


def _unit(row: Row) -> str:
    return row["payload"].partition(" ")[2]


def _draw_panel(axis: Axes, panel: Panel, rows: Sequence[Row], names: Sequence[str]) -> None:
    ends = []
    for name, found in groupby(rows, lambda row: row["embedder"]):
        points = list(found)
        number = names.index(name)
        colour, line = COLOURS[number % len(COLOURS)], LINES[number % len(LINES)]
        payloads = [float(row["payload"].partition(" ")[0]) for row in points]
        values = [row["p_e"] for row in points]
        axis.plot(
            payloads, values, line, marker=MARKERS[number % len(MARKERS)], color=colour, linewidth=1.5, markersize=4
        )
        bounded = [(payload, row) for payload, row in zip(payloads, points, strict=True) if row["p_e_low"] != ""]
        axis.vlines(
            [payload for payload, _ in bounded],
            [row["p_e_low"] for _, row in bounded],
            [row["p_e_high"] for _, row in bounded],
            color=colour,
            linewidth=1,
            alpha=0.7,
        )
        ends.append((payloads[-1], values[-1], name, colour))
    axis.axhline(0.5, color="grey", linewidth=1, linestyle=":")
    axis.set_xlabel(f"payload ({_unit(rows[0])})")
    axis.set(ylabel="$P_E$", ylim=(0, 0.53))
    quality = f", quality {panel.quality}" if panel.quality else ""
    axis.set_title(f"{panel.source}{quality}\n{panel.detector}", fontsize=8.5)
    _name_lines(axis, ends)


def apart(values: Sequence[float], gap: float) -> list[float]:
    """Places for labels of falling values, at least a gap from one another, as near to the values as can be."""
    steps = gap * np.arange(len(values))
    return (isotonic_regression(np.asarray(values) + steps, increasing=False).x - steps).tolist()


def _name_lines(axis: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write names beside the ends of lines, moved apart where they would overlap."""
    right = max(payload for payload, *_ in ends)
    ends = sorted(ends, key=lambda end: -end[1])
    for (payload, value, name, colour), height in zip(ends, apart([end[1] for end in ends], GAP), strict=True):
        axis.annotate(
            name,
            (payload, value),
            (right + 0.04 * (axis.get_xlim()[1] - axis.get_xlim()[0]), height),
            color=colour,
            fontsize=7.5,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2},
        )
