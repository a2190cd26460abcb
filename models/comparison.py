"""Differences between two detectors on the same test images, with intervals and tests that know they are the same."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap
from statsmodels.stats.contingency_tables import mcnemar

from models.errors import ModelError
from models.layout import Row
from stegdata.splits import read as read_split

#: Heads in the order of a difference: the first minus the second.
HEADS = ("fc", "lstm", "pool", "lda")
RESAMPLES = 2000
COLUMNS = ("data", "stego_set", "first", "second", "seed", "difference", "low", "high", "images", "groups", "mcnemar_p")
NOTE = (
    "Accuracy of the first minus that of the second, at threshold 0.5, on the same test images. Interval: 95 %, "
    f"bootstrap of whole groups (photographs, patients; {RESAMPLES:,} resamples), since the images of a group, and the "
    "cover and stego of a pair, are not independent. mcnemar_p: McNemar's exact test on images, which takes them as "
    "independent. `all` is the mean over seeds; its interval covers test images, not the choice of seeds."
)


def compare(scores: Iterable[Path], splits: Mapping[str, Path]) -> list[Row]:
    """Compare heads of one network and recipe, and recipes of one network and head, seed by seed and over all seeds.

    Parameters
    ----------
    scores : iterable of Path
        `.../<union>/<stego set>/<network>-<head>/<recipe>/seed-<n>/scores.tsv`.
    splits : mapping
        Source -> its `split.tsv`, which says what group a cover belongs to.
    """
    groups = {(source, row.cover): row.group for source, path in splits.items() for row in read_split(path)}
    runs: dict[tuple[str, str], dict[tuple[str, str, str], dict[str, Path]]] = defaultdict(lambda: defaultdict(dict))
    for path in map(Path, scores):
        union, stego_set, trained, recipe, seed = path.parts[-6:-1]
        network, _, head = trained.rpartition("-")
        runs[union, stego_set][network, head, recipe][seed.removeprefix("seed-")] = path
    rows = []
    for (union, stego_set), trainings in runs.items():
        for first, second in _couples(trainings):
            data = {"data": union, "stego_set": stego_set, "first": _name(first), "second": _name(second)}
            rows += [data | row for row in _rows(trainings[first], trainings[second], groups)]
    return rows


def _couples(trainings: Iterable[tuple[str, str, str]]) -> Iterator[tuple[tuple[str, str, str], ...]]:
    """Trainings that differ in head or in recipe, not in both; of heads the paper's fc first."""
    ordered = sorted(trainings, key=lambda training: (training[0], HEADS.index(training[1]), training[2]))
    for first, second in combinations(ordered, 2):
        same = [a == b for a, b in zip(first, second, strict=True)]
        if same in ([True, False, True], [True, True, False]):
            yield first, second


def _name(training: tuple[str, str, str]) -> str:
    network, head, recipe = training
    return f"{network}-{head} {recipe}"


def _rows(
    first: Mapping[str, Path], second: Mapping[str, Path], groups: Mapping[tuple[str, str], str]
) -> Iterator[Row]:
    gains = []
    for seed in sorted(first.keys() & second.keys(), key=int):
        images, right = _right(first[seed])
        others, right_too = _right(second[seed])
        if images != others:
            raise ModelError(f"{second[seed]}: expected scores of the images of {first[seed]}, got others: run again")
        keys = [groups.get(image[:2], image[1]) for image in images]
        gains.append(right.astype(np.float64) - right_too)
        table = [[int((a & b).sum()) for b in (right_too, ~right_too)] for a in (right, ~right)]
        yield {"seed": seed} | _difference(gains[-1], keys) | {"mcnemar_p": float(mcnemar(table, exact=True).pvalue)}
    if len(gains) > 1:
        yield {"seed": "all"} | _difference(np.mean(gains, axis=0), keys) | {"mcnemar_p": ""}


def _right(path: Path) -> tuple[list[tuple[str, str, str, str]], NDArray[np.bool_]]:
    """Images (source, name, embedder, label), and whether each was told rightly."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file, delimiter="\t"))
    images = [(line["source"], line["name"], line["embedder"], line["label"]) for line in lines]
    return images, np.array([(float(line["score"]) >= 0.5) == (line["label"] == "1") for line in lines])


def _difference(gain: NDArray[np.float64], keys: Sequence[str]) -> Row:
    """Mean gain an image, with its interval from resampling groups."""
    _, group_of = np.unique(keys, return_inverse=True)
    sums, counts = np.bincount(group_of, weights=gain), np.bincount(group_of)
    row = {"difference": float(gain.mean()), "low": "", "high": "", "images": len(gain), "groups": len(sums)}
    if len(sums) > 1:

        def mean_gain(sums: NDArray, counts: NDArray, axis: int) -> NDArray:
            return sums.sum(axis=axis) / counts.sum(axis=axis)

        generator = np.random.default_rng(0)
        options = {"n_resamples": RESAMPLES, "method": "percentile", "rng": generator}
        interval = bootstrap((sums, counts), mean_gain, paired=True, vectorized=True, **options).confidence_interval
        row |= {"low": float(interval.low), "high": float(interval.high)}
    return row
