"""All scores of a run as one tidy frame: every table and figure of the report is a view of it."""

import json
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame

from models import ModelError
from models.intervals import MEASURES
from stegdata import tsv
from stegdata.files import atomic_write
from stegdata.names import Part, StegoSet, TrainedDetector
from workflow.report import run


def bounded(*measures: str) -> list[str]:
    """Columns of some measures, each with the bounds of its interval."""
    return [f"{name}{bound}" for name in measures for bound in ("", "_low", "_high")]


#: Stands for all shards of the train split.
TRAIN = Part("train", 0)
#: Rules whose CPU time makes a detector.
TRAINING = ("train", "fit")
NAMES = ("source", "stego_set", "tested_source", "tested_set", "part", "kind", "head", "recipe")
#: Columns that name a trained detector.
DETECTOR = ("source", "stego_set", "kind", "head", "recipe", "seed")
PAIRS = ("train_pairs", "val_pairs", "test_pairs")
COUNTS = (*PAIRS, "images", "groups", "best_epoch", "size", "parameters")
#: Measures, each with the bounds of its interval.
MEASURED = bounded(*MEASURES)
SHARES = (*MEASURED, "loss", "train_accuracy", "val_accuracy")
#: Columns of `summary.csv` with their types; numbers may be missing, such as the best epoch of a classifier.
COLUMNS = (
    dict.fromkeys(NAMES, "str")
    | dict.fromkeys(("seed", *COUNTS), "Int64")
    | {"resize": "str"}
    | dict.fromkeys((*SHARES, "cpu_seconds"), "float64")
)
#: Parts of a tested stego set that `metrics.json` sums up separately.
PARTS = {"by_embedder": "embedder", "by_quality": "quality"}


def collect(scorings: Iterable[tuple[TrainedDetector, StegoSet]]) -> DataFrame:
    """Read `metrics.json` of every detector and tested stego set into `COLUMNS`; count pairs from `pairs.tsv`.

    A row per detector and tested stego set (`part` is empty), and per embedder or JPEG quality of a combined set
    (`part`: "embedder uerd", "quality 75"). ModelError if the number of scored images is not that of the test split.
    """
    rows = []
    for detector, tested in scorings:
        path = Path(detector.scored(tested, "metrics.json"))
        metrics = json.loads(path.read_text(encoding="utf-8"))
        trained, test_pairs = run.pair_counts(detector.stego_set), run.pair_counts(tested)["test"]
        if metrics["images"] != 2 * test_pairs:
            raise ModelError(
                f"{path}: expected scores of {2 * test_pairs} test images, got {metrics['images']}: delete it and run "
                "again"
            )
        row = metrics | {
            **{"source": detector.stego_set.source, "stego_set": detector.stego_set.name},
            **{"tested_source": tested.source, "tested_set": tested.name, "part": ""},
            **{"kind": detector.model, "head": detector.head, "recipe": detector.recipe, "seed": detector.seed},
            **{"train_pairs": trained["train"], "val_pairs": trained["val"], "test_pairs": test_pairs},
            "cpu_seconds": _cpu_seconds(detector),
        }
        rows.append(row)
        for key, name in PARTS.items():
            rows += [row | part | {"part": f"{name} {value}"} for value, part in metrics.get(key, {}).items()]
    return DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _cpu_seconds(detector: TrainedDetector) -> float | None:
    """CPU time of the jobs that made a detector, features of the train split included; None without benchmarks."""
    files = [Path(component.benchmark(rule)) for component in detector.components for rule in TRAINING]
    for component, stego_set in product(detector.components, detector.stego_set.single()):
        for features in (stego_set.features(component.model, TRAIN), stego_set.cover_features(component.model, TRAIN)):
            folder = Path("results/benchmarks") / Path(features).parent.relative_to("results")
            files += sorted(folder.glob(f"{TRAIN.split}-*.tsv"))
    jobs = [job for file in files if file.is_file() for job in tsv.read(file, ("cpu_time",))[:1]]
    return sum(float(job["cpu_time"]) for job in jobs) if jobs else None


def write(path: Path, results: DataFrame) -> None:
    """Write `summary.csv`, whole or not at all."""
    with atomic_write(path) as temporary:
        results.to_csv(temporary, index=False, lineterminator="\n")


def read(path: Path) -> DataFrame:
    """Read what `write` wrote; every digit is kept."""
    numbers: dict[str, Any] = {name: [""] for name, dtype in COLUMNS.items() if dtype != "str"}
    return pd.read_csv(path, dtype=COLUMNS, keep_default_na=False, na_values=numbers)


def on_own_test_split(results: DataFrame) -> DataFrame:
    """Rows of detectors scored on the whole test split of the stego set that they were trained on."""
    own = (results["source"] == results["tested_source"]) & (results["stego_set"] == results["tested_set"])
    return results[own & (results["part"] == "")]


def over_seeds(results: DataFrame, by: Sequence[str]) -> DataFrame:
    """Average over seeds: one row per group, in order of first appearance.

    The bounds of an interval are the means of those of the seeds, which share their test images; `spread` is the
    standard deviation of accuracy over seeds, missing for one seed, `seeds` their number.
    """
    groups = results.groupby(list(by), sort=False)
    common = groups[["images", "groups", *PAIRS, "size", "resize"]].first()
    rows = groups[[*SHARES]].mean().join(common)
    return rows.assign(spread=groups["accuracy"].std(), seeds=groups.size()).reset_index()
