"""All scores of a run in one table, a row a detector and tested stego set: what every other table is a view of."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from models import ModelError
from stegdata import manifest, tsv
from stegdata.files import atomic_write
from stegdata.names import Part, StegoSet, TrainedDetector

#: What stands for the parts of the train split.
TRAIN = Part("train", 0)
#: Rules whose CPU time makes a detector.
TRAINING = ("train", "fit")
NAMES = ("source", "stego_set", "tested_source", "tested_set", "part", "kind", "head", "recipe", "seed")
COUNTS = ("train_pairs", "val_pairs", "test_pairs", "images", "independent", "best_epoch", "size", "parameters")
SHARES = ("accuracy", "accuracy_low", "accuracy_high", "p_e", "auc", "p_md_5", "loss", "train_accuracy", "val_accuracy")
COLUMNS = (*NAMES, *COUNTS, "resize", *SHARES, "cpu_seconds")
#: Parts of a tested stego set that `metrics.json` sums up by themselves.
PARTS = {"by_embedder": "embedder", "by_quality": "quality"}


@dataclass(frozen=True)
class Result:
    """What a detector came to on a stego set, or on a part of one.

    Attributes
    ----------
    detector : TrainedDetector
    tested : StegoSet
        Whose test split it scored.
    part : str
        Empty, or the embedder or JPEG quality that was counted alone: "embedder uerd".
    values : mapping
        `COUNTS` and `SHARES`, `resize` and `cpu_seconds`; None where there is nothing, such as an epoch without epochs.
    """

    detector: TrainedDetector
    tested: StegoSet
    part: str
    values: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 numbers of several types
        """One of the values."""
        return self.values[key]


def collect(scorings: Iterable[tuple[TrainedDetector, StegoSet]]) -> list[Result]:
    """Read `metrics.json` of every detector and tested stego set; pairs are counted from the manifests.

    Raises
    ------
    ModelError
        If a test split has not the images that were scored.
    """
    results = []
    for detector, tested in scorings:
        path = Path(detector.scored(tested, "metrics.json"))
        metrics = json.loads(path.read_text(encoding="utf-8"))
        pairs: dict[str, Any] = {f"{split}_pairs": number for split, number in _pairs(detector.stego_set).items()}
        pairs |= {"test_pairs": _pairs(tested)["test"], "cpu_seconds": _cpu_seconds(detector)}
        if metrics["images"] != 2 * pairs["test_pairs"]:
            raise ModelError(
                f"{path}: expected scores of {2 * pairs['test_pairs']} test images, got {metrics['images']}: delete it "
                "and run again"
            )
        results.append(Result(detector, tested, "", _values(metrics | pairs)))
        for key, name in PARTS.items():
            for value, part in metrics.get(key, {}).items():
                results.append(Result(detector, tested, f"{name} {value}", _values(metrics | pairs | part)))
    return results


def _values(measured: Mapping[str, Any]) -> dict[str, Any]:
    return {key: measured.get(key) for key in (*COUNTS, "resize", *SHARES, "cpu_seconds")}


def _pairs(stego_set: StegoSet) -> Counter[str]:
    """Split -> pairs of a stego set."""
    found: Counter[str] = Counter(train=0, val=0, test=0)
    for one in stego_set.single():
        found.update(manifest.pair_counts(Path(one.shards)))
    return found


def _cpu_seconds(detector: TrainedDetector) -> float | None:
    """CPU time of the jobs that made a detector, where benchmarks were kept; features of the train split included."""
    spent = [_benchmark(Path(part.benchmark(rule))) for part in detector.parts for rule in TRAINING]
    for part, one in product(detector.parts, detector.stego_set.single()):
        for path in (one.features(part.kind, TRAIN), one.cover_features(part.kind, TRAIN)):
            folder = Path("results/benchmarks") / Path(path).parent.relative_to("results")
            spent += [_benchmark(file) for file in sorted(folder.glob(f"{TRAIN.split}-*.tsv"))]
    return sum(known) if (known := [one for one in spent if one is not None]) else None


def _benchmark(path: Path) -> float | None:
    found = tsv.read(path, ("cpu_time",)) if path.is_file() else []
    return float(found[0]["cpu_time"]) if found else None


def write(path: Path, results: Sequence[Result]) -> None:
    """Write one line a result, comma-separated, whole or not at all."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for result in results:
            detector = result.detector
            names: list[object] = [
                detector.stego_set.source,
                detector.stego_set.name,
                result.tested.source,
                result.tested.name,
            ]
            names += [result.part, detector.kind, detector.head, detector.recipe, detector.seed]
            table.writerow([*names, *(result.values[key] for key in COLUMNS[len(NAMES) :])])


def read(path: Path) -> list[Result]:
    """Read what `write` wrote."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return [_result(line) for line in csv.DictReader(file)]


def _result(line: Mapping[str, str]) -> Result:
    stego_set = StegoSet.named(line["source"], line["stego_set"])
    detector = TrainedDetector(stego_set, f"{line['kind']}-{line['head']}", line["recipe"], int(line["seed"]))
    values: dict[str, Any] = {key: int(line[key]) if line[key] else None for key in COUNTS}
    values |= {key: float(line[key]) if line[key] else None for key in (*SHARES, "cpu_seconds")}
    tested = StegoSet.named(line["tested_source"], line["tested_set"])
    return Result(detector, tested, line["part"], values | {"resize": line["resize"]})
