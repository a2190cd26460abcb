"""How data flowed, with counts, and how change rates and payloads are spread."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np

from stegdata import manifest, splits, tsv
from stegdata.names import StegoSet
from stegdata.splits import SPLITS
from workflow.report.style import COLOURS, styled
from workflow.report.summary import Result
from workflow.report.table import Row

BINS = 40
#: Columns of the flow.
COLUMNS = ("covers", "stego sets", "detectors")


def count(sources: Sequence[str], stego_sets: Sequence[StegoSet], results: Sequence[Result]) -> list[Row]:
    """Count what each stage held, split by split: covers with their groups, pairs, scored images.

    Parameters
    ----------
    sources : sequence of str
        Names.
    stego_sets : sequence of StegoSet
        Single ones.
    results : sequence of Result
        Of all detectors.
    """
    rows = []
    for source in sources:
        dealt = splits.read(Path(f"results/covers/{source}/split.tsv"))
        covers = Counter(row.split for row in dealt)
        groups = {split: len({row.group for row in dealt if row.split == split}) for split in SPLITS}
        rows += [_row("covers", source, "", split, covers[split], groups[split]) for split in SPLITS]
    for one in stego_sets:
        pairs = manifest.pair_counts(Path(one.shards))
        rows += [_row("pairs", one.source, one.name, split, pairs[split]) for split in SPLITS]
    own = [one for one in results if not one.part and one.tested == one.detector.stego_set]
    scored = {one.tested: [other["images"] for other in own if other.tested == one.tested] for one in own}
    rows += [_row("scored images", one.source, one.name, "test", found[0], len(found)) for one, found in scored.items()]
    return rows


def _row(stage: str, source: str, stego_set: str, split: str, number: int, of: int | str = "") -> Row:
    """`of`: groups that covers belong to, or trainings that score the images."""
    return {"stage": stage, "source": source, "stego_set": stego_set, "split": split, "number": number, "of": of}


def draw_flow(path: Path, rows: Sequence[Row]) -> None:
    """Draw sources, stego sets and detectors from left to right, joined where one came from the other."""
    columns: list[dict[tuple[str, str], list[str]]] = [{}, {}, {}]
    for row in rows:
        key = (row["source"], row["stego_set"])
        match row["stage"]:
            case "covers":
                groups = f" of {row['of']} group{'s' if row['of'] > 1 else ''}" if row["of"] != row["number"] else ""
                columns[0].setdefault(key, [row["source"]]).append(f"{row['number']:,} {row['split']} covers{groups}")
            case "pairs":
                label = columns[1].setdefault(key, [" · ".join(key), ""])
                label[1] += f"{' / ' if label[1] else ''}{row['number']:,}"
            case "scored images":
                detectors = f"{row['of']} detector{'s' if row['of'] > 1 else ''}"
                columns[2][key] = [" · ".join(key), f"{detectors}, {row['number']:,} test images scored"]
    # sources as their first stego set comes, stego sets as their sources: few lines cross
    order = list(dict.fromkeys(source for source, _ in columns[1]))
    for number in (0, 1):
        columns[number] = dict(sorted(columns[number].items(), key=lambda entry: order.index(entry[0][0])))
    for label in columns[1].values():
        label[1] += " pairs (" + " / ".join(SPLITS) + ")"
    with styled(path, 11, 0.55 * max(*map(len, columns), 3) + 0.9) as figure:
        axis = figure.subplots()
        axis.set_axis_off()
        axis.set(xlim=(0.1, 2.9), ylim=(0, 1))
        places = []
        for number, (column, title) in enumerate(zip(columns, COLUMNS, strict=True)):
            heights = [1 - (place + 0.5) / len(column) for place in range(len(column))]
            places.append(dict(zip(column, heights, strict=True)))
            axis.text(number + 0.5, 1.03, title, ha="center", va="bottom", fontsize=10, color=COLOURS[number])
            boxed = {"boxstyle": "round,pad=0.6", "facecolor": "white", "edgecolor": COLOURS[number], "linewidth": 1.5}
            for label, height in zip(column.values(), heights, strict=True):
                axis.text(number + 0.5, height, "\n".join(label), ha="center", va="center", fontsize=8, bbox=boxed)
        for left, right in pairwise(range(3)):
            for (key, end), (other, start) in product(places[right].items(), places[left].items()):
                if _joined(other, key):
                    axis.plot([left + 0.5, right + 0.5], [start, end], color="grey", linewidth=1, zorder=0)


def _joined(left: tuple[str, str], right: tuple[str, str]) -> bool:
    """Whether what is on the right holds what is on the left: a combined set holds its sources and embedders."""
    around = StegoSet.named(*right)
    return around.holds(StegoSet.named(*left)) if left[1] else left[0] in around.sources


def histograms(stego_sets: Sequence[StegoSet]) -> list[Row]:
    """Bin change rates and payloads of all stego sets: one row a bin that is not empty."""
    rows = []
    columns = {
        str(one): [row for row in tsv.read(f"{one.shards}/pairs.tsv", ("change_rate", "payload")) if row["change_rate"]]
        for one in stego_sets
    }
    for quantity in ("change_rate", "payload"):
        values = {name: np.array([float(line[quantity]) for line in lines]) for name, lines in columns.items()}
        edges = np.linspace(0, 1.05 * max(one.max() for one in values.values()), BINS + 1)
        for name, one in values.items():
            counts, _ = np.histogram(one, edges)
            rows += [
                {"stego_set": name, "quantity": quantity, "from": low, "to": high, "pairs": number}
                for number, low, high in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True)
            ]
    return rows


def draw_histograms(path: Path, rows: Sequence[Row]) -> None:
    """Draw change rates on the left and payloads on the right, one stego set a row, on common axes."""
    names = list(dict.fromkeys(row["stego_set"] for row in rows))
    titles = {"change_rate": "change rate (share of elements)", "payload": "payload achieved (bits per element)"}
    with styled(path, 10, 0.75 * len(names) + 0.8) as figure:
        axes = figure.subplots(len(names), 2, sharex="col", squeeze=False)
        for row_axes, name in zip(axes, names, strict=True):
            for axis, (quantity, title), colour in zip(row_axes, titles.items(), COLOURS, strict=False):
                bins = [row for row in rows if (row["stego_set"], row["quantity"]) == (name, quantity)]
                edges = [row["from"] for row in bins] + [bins[-1]["to"]]
                axis.stairs([row["pairs"] for row in bins], edges, fill=True, color=colour)
                axis.set_yticks([])
                if name == names[-1]:
                    axis.set_xlabel(title)
            row_axes[0].set_ylabel(name.replace("/", "\n", 1), rotation=0, ha="right", va="center", fontsize=7.5)
