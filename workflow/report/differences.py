"""Differences in accuracy between two detectors on the same test images, with paired intervals and tests."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
from pandas import DataFrame
from scipy.stats import binomtest

import models
from models import ModelError, intervals
from models.intervals import MEASURES, Replicates
from models.scores import Scores
from stegdata.names import TrainedDetector
from workflow.report.published import HEADS
from workflow.report.run import own_scores, scores_path
from workflow.report.table import Table

NOTE = (
    "The first less the second on the same test images: accuracy at threshold 0.5, P_E and AUC, each with the 95 % "
    "interval of the delete-one-group jackknife (groups: photographs, patients). mcnemar p: McNemar's exact test on "
    "images, which takes them as independent. A classifier of features is fitted once, an FLD ensemble with one fixed "
    "draw of subspaces (seed 0), and compared with every seed of a network. Seed all is the mean over seeds; its "
    "interval covers test images, not the choice of seeds or of subspaces."
)
#: Measures that are compared.
COMPARED = ("accuracy", "p_e", "auc")


def build(detectors: Sequence[TrainedDetector]) -> Table:
    """Compare detectors of one stego set that differ in head or in recipe, and classifiers of features with all."""
    rows = DataFrame(row for couple in _couples(detectors) for row in _rows(*couple))
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


def _rows(first: Sequence[TrainedDetector], second: Sequence[TrainedDetector]) -> Iterator[dict[str, Any]]:
    stego_set = first[0].stego_set
    names = {"data": stego_set.source, "stego_set": stego_set.name, "first": first[0].title, "second": second[0].title}
    differences, images = [], 0
    for a, b in product(first, second):
        # a classifier of features has seed 0 only
        if a.seed != b.seed and not {a.name, b.name} & set(models.FEATURE_DETECTORS):
            continue
        scores_a, scores_b = own_scores(a), own_scores(b)
        if scores_a.images != scores_b.images:
            raise ModelError(
                f"{scores_path(b)}: expected scores of the images of {scores_path(a)}, got others: run again"
            )
        images = len(scores_a.labels)
        differences.append(scores_a.replicates() - scores_b.replicates())
        row = _row(differences[-1], images) | {"mcnemar_p": mcnemar(scores_a, scores_b)}
        yield names | {"seed": max(a.seed, b.seed)} | row
    if len(differences) > 1:
        yield names | {"seed": "all"} | _row(intervals.mean(differences), images) | {"mcnemar_p": np.nan}


def _row(difference: Replicates, images: int) -> dict[str, Any]:
    bounds = dict(
        zip(MEASURES, zip(difference.all_images, *difference.interval(of_shares=False), strict=True), strict=True)
    )
    row = {
        f"{name}_difference{suffix}": float(number)
        for name in COMPARED
        for suffix, number in zip(("", "_low", "_high"), bounds[name], strict=True)
    }
    return row | {"images": images, "groups": difference.groups}


def mcnemar(first: Scores, second: Scores) -> float:
    """Return p of McNemar's exact test: whether either detector alone is right on as many images as the other."""
    first_only, second_only = int((first.right & ~second.right).sum()), int((second.right & ~first.right).sum())
    return float(binomtest(first_only, first_only + second_only).pvalue) if first_only + second_only else 1.0
