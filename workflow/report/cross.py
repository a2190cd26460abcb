"""Every detector on every stego set: its measures on other embedders, payloads and sources than it was trained on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pandas import DataFrame

from models import scores
from models.intervals import FALSE_ALARM
from models.scores import OperatingPoint, operating_point
from stegdata.names import StegoSet, TrainedDetector
from workflow.report import summary
from workflow.report.style import styled
from workflow.report.table import Table

NOTE = (
    "Rows: what a detector was trained on; tested on: whose test split it scored. Mean over seeds, with 95 % intervals "
    "over test photographs (jackknife) and the standard deviation of accuracy over seeds. False alarms and missed "
    "detections are at threshold 0.5, and at the carried threshold: that with 5 % false alarms on the validation "
    "covers of the training. A test split is left out where its source holds the images of the training source under "
    "another split."
)
KEY = ["detector", "trained_on", "tested_on"]
MEASURED = summary.bounded("accuracy", "auc", "p_e")
RATES = [f"{rate}_{at}" for at in ("at_half", "carried") for rate in ("false_alarms", "missed")]
BOUNDS = [f"false_alarms_carried_{end}" for end in ("low", "high")]


def build(results: DataFrame, scorings: Sequence[tuple[TrainedDetector, StegoSet]]) -> Table:
    """Return a row per detector and tested stego set; no rows if detectors scored only their own."""
    whole = results[results["part"] == ""]
    whole = whole.assign(
        detector=(whole["kind"] + "-" + whole["head"] + " " + whole["recipe"]).str.strip(),
        trained_on=whole["source"] + "/" + whole["stego_set"],
        tested_on=whole["tested_source"] + "/" + whole["tested_set"],
    )
    if (whole["trained_on"] == whole["tested_on"]).all():
        return Table("cross-dataset", "Trained on one stego set, tested on others", NOTE, DataFrame())
    carried = DataFrame(_rates(*scoring) for scoring in scorings).groupby(KEY).mean().reset_index()
    rows = summary.over_seeds(whole, KEY).merge(carried, on=KEY).sort_values(KEY)
    columns = ["trained_on", "tested_on", "detector", *MEASURED, *RATES, *BOUNDS, "spread", "images", "groups", "seeds"]
    return Table(
        "cross-dataset", "Trained on one stego set, tested on others", f"{NOTE} {in_words(rows)}", rows[columns]
    )


def _rates(detector: TrainedDetector, tested: StegoSet) -> dict[str, Any]:
    """False alarms and missed detections at 0.5 and at the threshold that validation asks for; NaN without one."""
    title = f"{detector.model}-{detector.head} {detector.recipe}".strip()
    row: dict[str, Any] = dict(zip(KEY, (title, str(detector.stego_set), str(tested)), strict=True))
    known = scores.read(Path(detector.scored(tested, "scores.tsv")))
    val = Path(detector.scored(detector.stego_set, "val-scores.tsv"))
    chosen = operating_point(scores.read(val), false_alarms=FALSE_ALARM) if val.is_file() else None
    points = (operating_point(known), operating_point(known, chosen.threshold) if chosen else None)
    for at, point in zip(("at_half", "carried"), points, strict=True):
        row |= {f"false_alarms_{at}": _share(point, "false_alarm")[0], f"missed_{at}": _share(point, "missed")[0]}
    return row | dict(zip(BOUNDS, _share(points[1], "false_alarm")[1:], strict=True))


def _share(point: OperatingPoint | None, name: str) -> tuple[float, float, float]:
    return (getattr(point, name) if point else None) or (np.nan, np.nan, np.nan)


def in_words(rows: DataFrame) -> str:
    """Say on which stego sets a carried threshold does not keep its false-alarm rate."""
    outside = (rows["false_alarms_carried_low"] > FALSE_ALARM) | (rows["false_alarms_carried_high"] < FALSE_ALARM)
    broken = rows[outside & (rows["trained_on"] != rows["tested_on"])]
    if not len(broken):
        return "No carried threshold is shown to miss its rate of 5 %."
    cells = [
        f"{row.detector} of {row.trained_on} on {row.tested_on}: {100 * row.false_alarms_carried:.1f} % false alarms, "
        f"{100 * row.missed_carried:.0f} % missed"
        for row in broken.itertuples()
    ]
    return f"Carried thresholds that do not keep 5 % (interval outside): {'; '.join(cells)}."


def draw(path: Path, rows: DataFrame) -> None:
    """Draw AUC and carried rates by what was trained on (row) and tested on (column), a panel per detector."""
    tested = sorted(set(rows["tested_on"]))
    panels = list(rows.groupby("detector", sort=False))
    lines = [panel["trained_on"].nunique() for _, panel in panels]
    with styled(path, 1.1 * len(tested) + 3.5, 0.5 * sum(lines) + 0.35 * len(panels) + 1.6) as figure:
        axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=lines)[:, 0]
        for axis, (detector, panel) in zip(axes, panels, strict=True):
            columns = ("auc", "false_alarms_carried", "missed_carried")
            auc, alarms, missed = (
                panel.pivot(index="trained_on", columns="tested_on", values=name).reindex(columns=tested)
                for name in columns
            )
            drawn = axis.imshow(auc.to_numpy(), vmin=0.5, vmax=1, aspect="auto")
            for (line, column), value in np.ndenumerate(auc.to_numpy()):
                if np.isfinite(value):
                    rates = 100 * alarms.iloc[line, column], 100 * missed.iloc[line, column]
                    text = f"{value:.2f}" + ("" if np.isnan(rates[0]) else f"\n{rates[0]:.0f} % / {rates[1]:.0f} %")
                    colour = "black" if value > 0.75 else "white"
                    axis.text(column, line, text, ha="center", va="center", color=colour, fontsize=7.5)
            axis.set_yticks(range(len(auc)), auc.index, fontsize=7.5)
            axis.set_title(detector, fontsize=9)
            axis.grid(False)
        names = [name.replace("/", "\n", 1) for name in tested]
        axes[-1].set_xticks(range(len(tested)), names, rotation=30, ha="right", fontsize=7.5)
        figure.supylabel("trained on", fontsize=9)
        figure.supxlabel("tested on", fontsize=9)
        figure.colorbar(drawn, ax=axes, label="AUC", shrink=0.8)
