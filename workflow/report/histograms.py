"""How change rates and payloads of the pairs are distributed."""

from pathlib import Path

import numpy as np
import pandas as pd
from pandas import DataFrame

from workflow.report.style import COLOURS, styled

BINS = 40
TITLES = {"change_rate": "change rate (share of elements)", "payload": "payload achieved (bits per element)"}


def count(pairs: DataFrame) -> DataFrame:
    """Count the pairs of `run.pairs_of` by change rate and payload: a row per stego set, quantity and common bin."""
    rows = []
    for quantity in TITLES:
        edges = np.linspace(0, 1.05 * pairs[quantity].max(), BINS + 1)
        for name, values in pairs.groupby("stego_set", sort=False)[quantity]:
            counts, _ = np.histogram(values.dropna(), edges)
            bins = {"stego_set": name, "quantity": quantity, "from": edges[:-1], "to": edges[1:], "pairs": counts}
            rows.append(DataFrame(bins))
    return pd.concat(rows)


def draw(path: Path, rows: DataFrame) -> None:
    """Draw change rates on the left and payloads on the right, one stego set per row, on common axes."""
    names = list(rows["stego_set"].unique())
    bins = dict(list(rows.groupby(["stego_set", "quantity"])))
    with styled(path, 10, 0.75 * len(names) + 0.8) as figure:
        axes = figure.subplots(len(names), 2, sharex="col", squeeze=False)
        for row_axes, name in zip(axes, names, strict=True):
            for axis, (quantity, title), colour in zip(row_axes, TITLES.items(), COLOURS, strict=False):
                shown = bins[name, quantity]
                axis.stairs(shown["pairs"], [*shown["from"], shown["to"].iloc[-1]], fill=True, color=colour)
                axis.set_yticks([])
                if name == names[-1]:
                    axis.set_xlabel(title)
            row_axes[0].set_ylabel(name.replace("/", "\n", 1), rotation=0, ha="right", va="center", fontsize=7.5)
