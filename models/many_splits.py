"""A feature detector on many splits: photographs dealt anew, one fit and one score of the test split each."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import classifiers, intervals
from models.dataset import Pairs
from models.detector import Split
from models.feature_detector import gather, groups_of, load
from models.scores import THRESHOLD
from stegdata import progress, tsv


class Row(NamedTuple):
    """What a detector does on one split: numbers of pairs and groups, and measures of the test split."""

    split: int
    train_pairs: int
    test_pairs: int
    train_groups: int
    test_groups: int
    accuracy: float
    p_e: float
    auc: float
    wauc: float
    p_md_5: float


def measure(folder: Path, pairs: Split, shares: Mapping[str, float], splits: int) -> list[Row]:
    """Fit and score a detector on many splits.

    Parameters
    ----------
    folder : Path
        A fitted feature detector: its classifier and what it chose on its own train split (the size of the subspaces of
        FLD) are used for all splits.
    pairs : Split
        Shards and features of train, val and test together.
    shares : mapping
        Split -> its share of the covers in the source's own split; each new split has as much, but for whole groups.
    splits : int
        Number of splits. Split number n deals groups in the order of a hash of n and their name, and draws with seed n.

    Raises
    ------
    ModelError
        A detector or features that cannot be read, or do not belong to the shards.
    """
    detector = load(folder)
    opened = Pairs(pairs.shards, excluded=pairs.excluded)
    features = gather(detector.features, opened, pairs)
    groups = np.array(groups_of(opened, pairs))
    del opened  # images may be more than features
    rows = []
    for number in progress.follow(range(1, splits + 1), folder.parent.name, unit="split"):
        train, test = dealt(groups, shares, number)
        fitted = classifiers.fit(
            detector.classifier,
            _taken(features, train),
            list(groups[train]),
            number,
            known=detector.described["chosen"],
        )
        values = classifiers.scores(fitted.arrays, _taken(features, test))
        measured = intervals.measures(np.tile([0, 1], len(test)), values, THRESHOLD)
        counts = len(train), len(test), len(set(groups[train])), len(set(groups[test]))
        rows.append(Row(number, *counts, *measured.tolist()))
    return rows


def dealt(
    groups: NDArray[np.str_], shares: Mapping[str, float], number: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of train and of test, int64, where whole groups are dealt: train first, then val, the rest is test."""
    names, members, counts = np.unique(groups, return_inverse=True, return_counts=True)
    order = sorted(range(len(names)), key=lambda i: hashlib.sha256(f"{number}\n{names[i]}".encode()).digest())
    before = np.empty(len(names), np.int64)
    before[order] = np.cumsum(counts[order]) - counts[order]
    starts, train = before[members], shares["train"] * len(groups)
    return np.flatnonzero(starts < train), np.flatnonzero(starts >= train + shares["val"] * len(groups))


def _taken(features: NDArray[np.float32], pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Columns of cover and stego of some pairs."""
    return features[:, (2 * pairs[:, None] + np.arange(2)).reshape(-1)]


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write a row a split, whole or not at all."""
    tsv.write(path, Row._fields, rows)


def read(path: Path) -> list[Row]:
    """Read what `write` wrote; DataError if it is missing or another table."""
    types = Row.__annotations__.items()
    return tsv.parsed(path, Row._fields, lambda line: Row(**{name: parse(line[name]) for name, parse in types}))


def in_words(rows: Sequence[Row]) -> str:
    """One line for the log."""
    accuracies = [row.accuracy for row in rows]
    return (
        f"{len(rows)} splits: accuracy {np.mean(accuracies):.3f}, standard deviation {np.std(accuracies, ddof=1):.3f}"
    )
