"""How data flowed, with counts, and how change rates and payloads are spread: from split.tsv, manifests, pairs.tsv."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np

from models.figures import COLOURS, styled
from models.layout import Row
from stegdata.names import parse_stego_set
from stegdata.splits import SPLITS
from stegdata.splits import read as read_splits

BINS = 40
#: Columns of the flow.
COLUMNS = ("covers", "stego sets", "detectors")


def read_tsv(path: Path) -> list[dict[str, str]]:
    """Rows of a tab-separated file with a header."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def count(splits: Iterable[Path], manifests: Iterable[Path], results: Iterable[Row]) -> list[Row]:
    """Count what each stage held, split by split: covers with their groups, pairs, scored images.

    Parameters
    ----------
    splits, manifests : iterable of Path
        `results/covers/<source>/split.tsv` and `results/shards/<source>/<stego set>/manifest.tsv`.
    results : iterable of dict
        `metrics.json` of all trainings.
    """
    rows = []
    for path in map(Path, splits):
        dealt = read_splits(path)
        covers = Counter(row.split for row in dealt)
        groups = {split: len({row.group for row in dealt if row.split == split}) for split in SPLITS}
        rows += [_row("covers", path.parts[-2], "", split, covers[split], groups[split]) for split in SPLITS]
    for path in map(Path, manifests):
        pairs = Counter()
        for line in read_tsv(path):
            pairs[line["split"]] += int(line["pairs"])
        rows += [_row("pairs", *path.parts[-3:-1], split, pairs[split]) for split in SPLITS]
    trainings = defaultdict(list)
    for result in results:
        trainings[result["union"], result["stego_set"]].append(int(result["images"]))
    rows += [
        _row("scored images", union, stego_set, "test", images[0], len(images))
        for (union, stego_set), images in trainings.items()
    ]
    return rows


def _row(stage: str, source: str, stego_set: str, split: str, number: int, of: int | str = "") -> Row:
    """`of`: groups that covers belong to, or trainings that score the images."""
    return {"stage": stage, "source": source, "stego_set": stego_set, "split": split, "number": number, "of": of}


def draw_flow(path: Path, rows: Sequence[Row]) -> None:
    """Draw sources, stego sets and trainings from left to right, joined where one came from the other."""
    columns: list[dict[tuple[str, str], list[str]]] = [{}, {}, {}]
    for row in rows:
        key = (row["source"], row["stego_set"])
        match row["stage"]:
            case "covers":
                groups = f" of {row['of']} groups" if row["of"] != row["number"] else ""
                columns[0].setdefault(key, [row["source"]]).append(f"{row['number']:,} {row['split']} covers{groups}")
            case "pairs":
                label = columns[1].setdefault(key, [" · ".join(key), ""])
                label[1] += f"{' / ' if label[1] else ''}{row['number']:,}"
            case "scored images":
                detectors = f"{row['of']} detector{'s' if row['of'] > 1 else ''}"
                columns[2][key] = [" · ".join(key), f"{detectors}, {row['number']:,} test images scored"]
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
    """Whether what is on the right holds what is on the left: a union holds its sources and embedders."""
    if left[0] not in right[0].split("+"):
        return False
    if not left[1]:
        return True
    inside, around = parse_stego_set(left[1]), parse_stego_set(right[1])
    return inside.condition == around.condition and set(inside.embedders) <= set(around.embedders)


def histograms(pairs: Iterable[Path]) -> list[Row]:
    """Bin change rates and payloads of all stego sets: one row a bin that is not empty."""
    rows = []
    columns = {f"{path.parts[-3]} {path.parts[-2]}": read_tsv(path) for path in map(Path, pairs)}
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
            row_axes[0].set_ylabel(name.replace(" ", "\n", 1), rotation=0, ha="right", va="center", fontsize=7.5)
