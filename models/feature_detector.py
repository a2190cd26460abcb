"""Detectors without a network: a feature set, and a classifier that learnt from its features."""

import io
import json
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import classifiers, metrics
from models.dataset import Pairs
from models.errors import ModelError
from models.features import FEATURES, extract
from models.scores import OperatingPoint, operating_point
from stegdata import feature_files
from stegdata.files import atomic_write, check_sha256, sha256

#: Feature sets that are histograms: their square roots vary alike whatever their size.
ROOTED = ("dctr", "gfr")
WEIGHTS, DESCRIPTION = "model.npz", "model.json"


class Data(NamedTuple):
    """Files of one or more splits of a stego set.

    Attributes
    ----------
    shards : sequence of Path
    stegos : sequence of Path
        Features of the stegos of each shard.
    covers : sequence of Path
        Features of the covers of each shard; empty where those of the stegos hold them.
    without : collection of (str, str)
        Source and name of covers to be left out.
    """

    shards: Sequence[Path]
    stegos: Sequence[Path]
    covers: Sequence[Path]
    without: Collection[tuple[str, str]] = ()


@dataclass(frozen=True)
class FeatureDetector:
    """A classifier that has learnt, with the feature set that it is fed.

    Attributes
    ----------
    features, classifier : str
    arrays : mapping
        As `models.classifiers.scores` takes them.
    size : int
        Side of the images that it learnt from, in pixels.
    described : mapping
        `model.json`.
    point : OperatingPoint or None
        False alarms and missed detections on the test split, where that was scored.
    """

    features: str
    classifier: str
    arrays: Mapping[str, NDArray[Any]]
    size: int
    described: Mapping[str, Any]
    point: OperatingPoint | None

    @property
    def domain(self) -> str:
        """What it looks at: pixels ("spatial"), or DCT coefficients with their table ("jpeg")."""
        return FEATURES[self.features].domain

    def scores(self, images: Sequence[tuple[NDArray[Any], ...]]) -> NDArray[np.float64]:
        """Score images, each as `models.features.extract` takes it: float64 [n] in [0, 1]."""
        vectors = np.stack([extract(self.features, *image) for image in images], axis=1)
        return classifiers.scores(self.classifier, self.arrays, _prepared(self.features, vectors))

    def score(self, pairs: Pairs, data: Data) -> NDArray[np.float64]:
        """Score cover and stego of each pair in turn by their features in files: float64 [2 n]."""
        return classifiers.scores(self.classifier, self.arrays, gather(self.features, pairs, data))


def fit(name: str, folder: Path, train: Data, val: Data, groups: Mapping[tuple[str, str], str], seed: int) -> str:
    """Learn from the train split, and write `model.npz` and `model.json`; what there is to choose needs no validation.

    Parameters
    ----------
    name : str
        Feature set and classifier: srm-fld.
    folder : Path
        Gets both files.
    train, val : Data
        Validation is scored for the record.
    groups : mapping
        (source, cover name) -> what no split tears apart.
    seed : int
        Of all that is drawn.

    Returns
    -------
    str
        Accuracies, for the log.

    Raises
    ------
    ModelError
        Features that do not belong to the shards, or are not finite.
    """
    feature_set, _, classifier = name.rpartition("-")
    pairs = Pairs(train.shards, without=train.without)
    features = gather(feature_set, pairs, train)
    keys = [f"{source}/{groups[source, name]}" for (source, _), name in zip(pairs.origins, pairs.names, strict=True)]
    fitted = classifiers.fit(classifier, features, keys, seed)
    train_accuracy = _accuracy(classifiers.scores(classifier, fitted.arrays, features))
    del features
    described: dict[str, Any] = {"features": feature_set, "classifier": classifier, "seed": seed, "size": pairs.size}
    described |= {"version": FEATURES[feature_set].version, "citation": FEATURES[feature_set].citation}
    described |= {"pairs": len(pairs), "groups": len(set(keys)), "chosen": fitted.chosen}
    described["train_accuracy"] = train_accuracy
    if val.shards:
        held_out = gather(feature_set, Pairs(val.shards, without=val.without), val)
        described["val_accuracy"] = _accuracy(classifiers.scores(classifier, fitted.arrays, held_out))
    _write(Path(folder), fitted.arrays, described)
    return " ".join(f"{key} {described[key]:.3f}" for key in ("train_accuracy", "val_accuracy") if key in described)


def evaluate(folder: Path, test: Data, scores_path: Path) -> dict[str, Any]:
    """Score cover and stego of each test pair, write the scores, and sum them up as `models.detector.evaluate` does."""
    detector, pairs = load(folder), Pairs(test.shards, without=test.without)
    found = metrics.record(pairs, detector.score(pairs, test), scores_path)
    accuracies = {key: detector.described.get(key) for key in ("train_accuracy", "val_accuracy")}
    return found | accuracies | {"best_epoch": 0}


def load(folder: Path) -> FeatureDetector:
    """Open what `fit` wrote.

    Raises
    ------
    ModelError
        A file that is missing, or weights that are not those of the description.
    """
    folder = Path(folder)
    try:
        described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        check_sha256(folder / WEIGHTS, described["sha256"], "delete it and run again")
        with np.load(folder / WEIGHTS, allow_pickle=False) as file:
            arrays = dict(file)
        kind = described["features"], described["classifier"], arrays, described["size"], described
    except (OSError, KeyError, ValueError) as error:
        raise ModelError(
            f"{folder}: expected a detector ({WEIGHTS}, {DESCRIPTION}), got {' '.join(str(error).split())}"
        ) from error
    return FeatureDetector(*kind, operating_point(folder / "scores.tsv"))


def gather(feature_set: str, pairs: Pairs, data: Data) -> NDArray[np.float32]:
    """Features of cover and stego of each pair in turn, float32 [dimension, 2 n]: a row a feature, as classifiers read.

    Raises
    ------
    ModelError
        Files whose covers are not those of the shards, or of another set or version of it.
    """
    entry = FEATURES[feature_set]
    found = _matrix(entry.dimension, 2 * len(pairs))
    start = filled = 0
    for number, path in enumerate(data.stegos):
        stegos = _read(path, feature_set)
        end = start + len(stegos.names)
        if stegos.names != pairs.stored[start:end]:
            raise ModelError(
                f"{path}: expected features of the pairs of its shard, got others: delete it and run again"
            )
        rows = pairs.kept[(pairs.kept >= start) & (pairs.kept < end)] - start
        place = slice(2 * filled, 2 * (filled + len(rows)))
        found[:, place][:, 1::2] = stegos.vectors[rows].T
        covers = stegos.covers
        if covers is None:
            own = _read(data.covers[number], feature_set)
            row_of = {name: row for row, name in enumerate(own.names)}
            if not row_of.keys() >= set(stegos.names):
                raise ModelError(f"{data.covers[number]}: expected the covers of {path}, got others: run again")
            covers = own.vectors[[row_of[name] for name in stegos.names]]
        found[:, place][:, ::2] = covers[rows].T
        start, filled = end, filled + len(rows)
    if start != len(pairs.stored):
        raise ModelError(f"features: expected those of {len(pairs.stored)} pairs, got {start}: run again")
    return _prepared(feature_set, found)


def _matrix(dimension: int, images: int) -> NDArray[np.float32]:
    """Room for features: in memory, or, if they are more than that holds, in a file that is gone with the process.

    Classifiers read it feature by feature, so that only what they look at is in memory.
    """
    size = 4 * dimension * images
    if size <= classifiers.IN_MEMORY:
        return np.empty((dimension, images), np.float32)
    try:
        with tempfile.TemporaryFile(prefix="features-") as file:
            for _ in range(dimension):  # a map of a file on a full disk would end the process
                file.write(bytes(4 * images))
            file.flush()
            return np.memmap(file, np.float32, "r+", shape=(dimension, images))
    except OSError as error:
        raise ModelError(
            f"{tempfile.gettempdir()}: expected room for {size / 1e9:.1f} GB of features, got {error.strerror}: make "
            "room, or name another folder by TMPDIR"
        ) from error


def _read(path: Path, feature_set: str) -> feature_files.FeatureFile:
    found = feature_files.read(path)
    entry = FEATURES[feature_set]
    told = (found.attributes.get("features"), int(found.attributes.get("version", 0)), found.vectors.shape[1])
    if told != (entry.name, entry.version, entry.dimension):
        raise ModelError(
            f"{path}: expected {entry.dimension} features of {entry.name}, version {entry.version}, got {told[2]} of "
            f"{told[0]}, version {told[1]}: delete it and run again"
        )
    return found


def _prepared(feature_set: str, features: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.sqrt(features, out=features) if feature_set in ROOTED else features


def _accuracy(scores: NDArray[np.float64]) -> float:
    return float(np.mean((scores >= 0.5) == (np.arange(len(scores)) % 2 == 1)))


def _write(folder: Path, arrays: Mapping[str, NDArray[Any]], described: Mapping[str, Any]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    with atomic_write(folder / WEIGHTS) as temporary:
        temporary.write_bytes(buffer.getvalue())
    software = {package: version(package) for package in ("numpy", "scipy", "scikit-learn")}
    told = {**described, "software": software, "sha256": sha256(folder / WEIGHTS)}
    with atomic_write(folder / DESCRIPTION) as temporary:
        temporary.write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")
