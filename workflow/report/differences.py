"""Differences between two detectors on the same test images, with intervals and tests that know they are the same."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap

import models
from models import ModelError, scores
from stegdata import splits
from stegdata.names import TrainedDetector
from workflow.report.published import HEADS
from workflow.report.table import Row, Table

RESAMPLES = 2000
NOTE = (
    "Accuracy of the first minus that of the second, at threshold 0.5, on the same test images. Interval: 95 %, "
    f"bootstrap of whole groups (photographs, patients; {RESAMPLES:,} resamples), since the images of a group, and the "
    "cover and stego of a pair, are not independent. mcnemar p: McNemar's exact test on images, which takes them as "
    "independent. Seed all is the mean over seeds; its interval covers test images, not the choice of seeds."
)
#: (source, cover) -> group that no split tears apart.
Groups = Mapping[tuple[str, str], str]


def build(detectors: Sequence[TrainedDetector], sources: Sequence[str]) -> Table:
    """Compare detectors of one stego set that differ in head or in recipe, and those without a network with all."""
    groups = groups_of(sources)
    rows = [row for couple in _couples(detectors) for row in _rows(*couple, groups)]
    return Table("differences", "Paired differences between detectors", NOTE, rows)


def groups_of(sources: Sequence[str]) -> Groups:
    """Read what group each cover of some sources belongs to."""
    return {
        (source, row.cover): row.group
        for source in sources
        for row in splits.read(Path(f"results/covers/{source}/split.tsv"))
    }


def _couples(detectors: Sequence[TrainedDetector]) -> Iterator[tuple[list[TrainedDetector], list[TrainedDetector]]]:
    """Seeds of one detector and of another; of heads the paper's fc first."""
    seeds: dict[tuple[str, str, str], list[TrainedDetector]] = {}
    order = list(HEADS)
    for detector in sorted(detectors, key=lambda one: (one.kind, order.index(one.head), one.recipe)):
        seeds.setdefault((str(detector.stego_set), detector.name, detector.recipe), []).append(detector)
    for first, second in combinations(seeds.values(), 2):
        one, other = first[0], second[0]
        if one.stego_set != other.stego_set:
            continue
        alike = one.kind == other.kind and (one.head == other.head) != (one.recipe == other.recipe)
        if alike or one.kind not in models.NETWORKS or other.kind not in models.NETWORKS:
            yield first, second


def _rows(first: Sequence[TrainedDetector], second: Sequence[TrainedDetector], groups: Groups) -> Iterator[Row]:
    stego_set = first[0].stego_set
    which = {"data": stego_set.source, "stego_set": stego_set.name, "first": first[0].title, "second": second[0].title}
    gains = []
    for one, other in _by_seed(first, second):
        ours, theirs = (scores.read(Path(detector.file("scores.tsv"))) for detector in (one, other))
        if ours.images != theirs.images:
            raise ModelError(
                f"{other.file('scores.tsv')}: expected scores of the images of {one.file('scores.tsv')}, got others: "
                "run again"
            )
        keys = [groups.get((source, name), name) for source, _, name, _ in ours.images]
        gains.append(ours.right.astype(np.float64) - theirs.right)
        yield (
            which
            | {"seed": max(one.seed, other.seed)}
            | _difference(gains[-1], keys)
            | {"mcnemar_p": mcnemar(gains[-1])}
        )
    if len(gains) > 1:
        yield which | {"seed": "all"} | _difference(np.mean(gains, axis=0), keys) | {"mcnemar_p": ""}


def _by_seed(
    first: Sequence[TrainedDetector], second: Sequence[TrainedDetector]
) -> Iterator[tuple[TrainedDetector, TrainedDetector]]:
    """Couples of one seed; a detector that draws nothing stands beside every seed of the other."""
    seeds = ({one.seed: one for one in some} for some in (first, second))
    ours, theirs = seeds
    for seed in sorted(ours.keys() | theirs.keys()):
        one = ours.get(seed, ours.get(0))
        other = theirs.get(seed, theirs.get(0))
        if one is not None and other is not None and seed == max(one.seed, other.seed):
            yield one, other


def mcnemar(gain: NDArray[np.float64]) -> float:
    """McNemar's exact test: whether images that only one of two detectors tells rightly are as often of either."""
    ours, theirs = int((gain > 0).sum()), int((gain < 0).sum())
    return float(binomtest(ours, ours + theirs).pvalue) if ours + theirs else 1.0


def _difference(gain: NDArray[np.float64], keys: Sequence[str]) -> Row:
    """Mean gain an image, with its interval from resampling groups."""
    _, group_of = np.unique(keys, return_inverse=True)
    sums, counts = np.bincount(group_of, weights=gain), np.bincount(group_of)
    row = {"difference": float(gain.mean()), "low": "", "high": "", "images": len(gain), "groups": len(sums)}
    if len(sums) > 1:

        def mean_gain(sums: NDArray, counts: NDArray, axis: int) -> NDArray:
            return sums.sum(axis=axis) / counts.sum(axis=axis)

        interval = bootstrap(
            (sums, counts),
            mean_gain,
            paired=True,
            vectorized=True,
            n_resamples=RESAMPLES,
            method="percentile",
            rng=np.random.default_rng(0),
        ).confidence_interval
        row |= {"low": float(interval.low), "high": float(interval.high)}
    return row
