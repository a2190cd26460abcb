"""Every detector on every stego set: its accuracy on other embedders, payloads and sources than it was trained on."""

from pathlib import Path

import numpy as np
from pandas import DataFrame

from workflow.report import summary
from workflow.report.style import styled
from workflow.report.table import Table

NOTE = (
    "Rows: what a detector was trained on; tested on: whose test split it scored. Mean over seeds, with 95 % intervals "
    "over test photographs (jackknife) and the standard deviation of accuracy over seeds. A test split is left out "
    "where its source holds the images of the training source under another split."
)
KEY = ["detector", "trained_on", "tested_on"]
SHOWN = ("accuracy", "auc", "p_e")
MEASURED = [*(name for name in summary.MEASURED if name.startswith(SHOWN)), "spread", "images", "groups", "seeds"]


def build(results: DataFrame) -> Table:
    """Return a row per detector and tested stego set; no rows if detectors scored only their own."""
    whole = results[results["part"] == ""]
    whole = whole.assign(
        detector=(whole["kind"] + "-" + whole["head"] + " " + whole["recipe"]).str.strip(),
        trained_on=whole["source"] + "/" + whole["stego_set"],
        tested_on=whole["tested_source"] + "/" + whole["tested_set"],
    )
    rows = DataFrame()
    if (whole["trained_on"] != whole["tested_on"]).any():
        rows = summary.over_seeds(whole, KEY).sort_values(KEY)[["trained_on", "tested_on", "detector", *MEASURED]]
    return Table("cross-dataset", "Trained on one stego set, tested on others", NOTE, rows)


def draw(path: Path, rows: DataFrame) -> None:
    """Draw accuracy by what was trained on (row) and tested on (column), one panel per detector, columns in common."""
    tested = sorted(set(rows["tested_on"]))
    panels = {
        detector: panel.pivot(index="trained_on", columns="tested_on", values="accuracy").reindex(columns=tested)
        for detector, panel in rows.groupby("detector", sort=False)
    }
    lines = [len(matrix) for matrix in panels.values()]
    with styled(path, 0.9 * len(tested) + 3.5, 0.4 * sum(lines) + 0.35 * len(panels) + 1.6) as figure:
        axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=lines)[:, 0]
        for axis, (detector, matrix) in zip(axes, panels.items(), strict=True):
            drawn = axis.imshow(matrix.to_numpy(), vmin=0.5, vmax=1, aspect="auto")
            for (line, column), value in np.ndenumerate(matrix.to_numpy()):
                if np.isfinite(value):
                    colour = "black" if value > 0.75 else "white"
                    axis.text(column, line, f"{100 * value:.1f}", ha="center", va="center", color=colour, fontsize=8)
            axis.set_yticks(range(len(matrix)), matrix.index, fontsize=7.5)
            axis.set_title(detector, fontsize=9)
            axis.grid(False)
        names = [name.replace("/", "\n", 1) for name in tested]
        axes[-1].set_xticks(range(len(tested)), names, rotation=30, ha="right", fontsize=7.5)
        figure.supylabel("trained on", fontsize=9)
        figure.supxlabel("tested on", fontsize=9)
        figure.colorbar(drawn, ax=axes, label="accuracy", shrink=0.8)
