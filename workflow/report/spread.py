"""Mean and standard deviation over many splits of the same covers, as the field prints them, and paired differences."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from pandas import DataFrame

from models import many_splits
from stegdata.names import TrainedDetector
from workflow.report.table import Table

MEASURES = ("accuracy", "p_e", "auc")
NOTE = (
    "Mean ± standard deviation over splits: the photographs (groups) of the source are dealt anew to train, val and "
    "test in the same shares, and the classifier is fitted and scored once on each. Lowest and highest are of accuracy."
)
DIFFERENCES_NOTE = (
    "The first less the second, split by split on the same photographs: mean ± standard deviation over splits, and on "
    "how many of them the first is the more accurate."
)


def read(dealt_anew: Mapping[str, TrainedDetector]) -> dict[TrainedDetector, DataFrame]:
    """Read the table of many splits of each detector that has one: a row a split."""
    return {detector: DataFrame(many_splits.read(Path(path))) for path, detector in dealt_anew.items()}


def build(splits: Mapping[TrainedDetector, DataFrame]) -> list[Table]:
    """Return a row per detector, and per pair of detectors of one stego set."""
    rows = DataFrame(_row(detector, of_detector) for detector, of_detector in splits.items())
    differences = DataFrame(
        _names(a) | {"first": a.title, "second": b.title} | _difference(splits[a], splits[b])
        for a, b in combinations(splits, 2)
        if a.stego_set == b.stego_set and len(splits[a]) == len(splits[b])
    )
    return [
        Table("over-splits", "Accuracy, P_E and AUC over many splits", NOTE, rows),
        Table("split-differences", "Paired differences over many splits", DIFFERENCES_NOTE, differences),
    ]


def _names(detector: TrainedDetector) -> dict[str, Any]:
    stego_set = detector.stego_set
    return {"data": stego_set.source, "embedder": "+".join(stego_set.embedders), "payload": stego_set.condition}


def mean_and_deviation(rows: DataFrame, names: Sequence[str] = MEASURES) -> dict[str, float]:
    """Mean of each measure, and its standard deviation under the name with _sd."""
    return {
        f"{name}{end}": float(value)
        for name in names
        for end, value in (("", rows[name].mean()), ("_sd", rows[name].std()))
    }


def _row(detector: TrainedDetector, rows: DataFrame) -> dict[str, Any]:
    row = _names(detector) | {"detector": detector.title} | mean_and_deviation(rows)
    row |= {"lowest": rows["accuracy"].min(), "highest": rows["accuracy"].max(), "splits": len(rows)}
    return row | {name: round(rows[name].mean()) for name in ("train_groups", "test_groups", "test_pairs")}


def _difference(first: DataFrame, second: DataFrame) -> dict[str, Any]:
    differences = (first[[*MEASURES]] - second[[*MEASURES]]).add_suffix("_difference")
    row: dict[str, Any] = mean_and_deviation(differences, list(differences))
    return row | {"first_better": int((differences["accuracy_difference"] > 0).sum()), "splits": len(first)}
