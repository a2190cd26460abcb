"""Differences in accuracy between two detectors on the same test images, with paired intervals and tests."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame
from scipy.stats import binomtest

import models
from models import ModelError
from stegdata.names import TrainedDetector
from workflow.report import intervals
from workflow.report.published import HEADS
from workflow.report.run import Groups, groups_of, own_scores, scores_path
from workflow.report.table import Table

NOTE = (
    "Accuracy of the first minus that of the second, at threshold 0.5, on the same test images. Interval: 95 %, "
    f"bootstrap of whole groups (photographs, patients; {intervals.GAIN_RESAMPLES:,} resamples), since the images of a "
    "group, and the cover and stego of a pair, are not independent. mcnemar p: McNemar's exact test on images, which "
    "takes them as independent. A classifier of features is fitted once, an FLD ensemble with one fixed draw of "
    "subspaces (seed 0), and compared with every seed of a network. Seed all is the mean over seeds; its interval "
    "covers test images, not the choice of seeds or of subspaces."
)


def build(detectors: Sequence[TrainedDetector], sources: Sequence[str]) -> Table:
    """Compare detectors of one stego set that differ in head or in recipe, and classifiers of features with all."""
    groups = groups_of(sources)
    rows = DataFrame(row for couple in _couples(detectors) for row in _rows(*couple, groups))
    return Table("differences", "Paired differences between detectors", NOTE, rows)


def _couples(detectors: Sequence[TrainedDetector]) -> Iterator[tuple[list[TrainedDetector], list[TrainedDetector]]]:
    """Yield all seeds of one detector and of another; of two heads the paper's fc first."""
    seeds: dict[tuple[str, str, str], list[TrainedDetector]] = {}
    order = list(HEADS)
    for detector in sorted(detectors, key=lambda item: (item.model, order.index(item.head), item.recipe)):
        seeds.setdefault((str(detector.stego_set), detector.name, detector.recipe), []).append(detector)
    for first, second in combinations(seeds.values(), 2):
        a, b = first[0], second[0]
        if a.stego_set != b.stego_set:
            continue
        same_network = a.model == b.model and (a.head == b.head) != (a.recipe == b.recipe)
        if same_network or a.model not in models.NETWORKS or b.model not in models.NETWORKS:
            yield first, second


def _rows(
    first: Sequence[TrainedDetector], second: Sequence[TrainedDetector], groups: Groups
) -> Iterator[dict[str, Any]]:
    stego_set = first[0].stego_set
    names = {"data": stego_set.source, "stego_set": stego_set.name, "first": first[0].title, "second": second[0].title}
    gains = []
    for a, b in product(first, second):
        # a classifier of features has seed 0 only
        if a.seed != b.seed and not {a.name, b.name} & set(models.FEATURE_DETECTORS):
            continue
        scores_a, scores_b = own_scores(a), own_scores(b)
        if scores_a.images != scores_b.images:
            raise ModelError(
                f"{scores_path(b)}: expected scores of the images of {scores_path(a)}, got others: run again"
            )
        image_groups = [groups.get((source, name), name) for source, _, name, _ in scores_a.images]
        gains.append(scores_a.right.astype(np.float64) - scores_b.right)
        difference = _difference(gains[-1], image_groups) | {"mcnemar_p": mcnemar(gains[-1])}
        yield names | {"seed": max(a.seed, b.seed)} | difference
    if len(gains) > 1:
        yield names | {"seed": "all"} | _difference(np.mean(gains, axis=0), image_groups) | {"mcnemar_p": np.nan}


def mcnemar(gains: NDArray[np.float64]) -> float:
    """Return p of McNemar's exact test: whether either detector alone is right on as many images as the other."""
    first_only, second_only = int((gains > 0).sum()), int((gains < 0).sum())
    return float(binomtest(first_only, first_only + second_only).pvalue) if first_only + second_only else 1.0


def _difference(gains: NDArray[np.float64], groups: Sequence[str]) -> dict[str, Any]:
    """Mean gain per image, with its interval from resampling groups."""
    low, high = intervals.gain(gains, groups)
    row = {"difference": float(gains.mean()), "low": low, "high": high}
    return row | {"images": len(gains), "groups": len(set(groups))}
