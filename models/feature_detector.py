"""Detectors without a network: a feature set, and a classifier that learnt from its features."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders import Domain
from models import classifiers
from models.dataset import Pairs
from models.detector import DESCRIPTION, Split, check_tables, describe, described
from models.errors import ModelError
from models.features import FEATURES, extract
from models.scores import THRESHOLD, Scores
from stegdata import feature_files
from stegdata.files import atomic_write, check_sha256

#: Feature sets that are histograms: their square roots vary alike whatever their size.
ROOTED = ("dctr", "gfr")
WEIGHTS = "model.npz"


@dataclass(frozen=True)
class FeatureDetector:
    """A fitted classifier with the feature set that it reads.

    Attributes
    ----------
    features, classifier : str
    arrays : mapping
        As `models.classifiers.scores` takes them.
    size : int
        Side in pixels of the images that it was fitted on.
    described : mapping
        `model.json`.
    """

    features: str
    classifier: str
    arrays: Mapping[str, NDArray[Any]]
    size: int
    described: Mapping[str, Any]

    @property
    def domain(self) -> Domain:
        """Domain of the images that it takes: pixels, or DCT coefficients with their table."""
        return FEATURES[self.features].domain

    def scores(self, images: Sequence[tuple[NDArray[Any], ...]]) -> NDArray[np.float64]:
        """Score images, each as `models.features.extract` takes it: float64 [n] in [0, 1].

        Raises
        ------
        ModelError
            Images of another JPEG quality than it was fitted on; a version of the features that is not today's.
        """
        if FEATURES[self.features].of_coefficients:
            check_tables(images, self.described.get("qualities", ()))
        entry = FEATURES[self.features]
        if self.described["version"] != entry.version:
            raise ModelError(
                f"expected a detector of {self.features}, version {entry.version}, got version "
                f"{self.described['version']}: delete it and run again"
            )
        vectors = np.stack([extract(self.features, *image) for image in images], axis=1)
        return classifiers.scores(self.arrays, _prepared(self.features, vectors))

    def score(self, split: Split) -> tuple[Scores, dict[str, Any]]:
        """Score cover and stego of each pair in turn by their features in files."""
        pairs = Pairs(split.shards, excluded=split.excluded)
        values = classifiers.scores(self.arrays, gather(self.features, pairs, split))
        facts = {"train_accuracy": self.described["train_accuracy"], "best_epoch": 0}
        return pairs.scored(values), facts | {"size": pairs.size, "resize": pairs.resize}


def fit(name: str, folder: Path, train: Split, seed: int) -> str:
    """Fit the classifier of a detector on the train split, and write `model.npz` and `model.json`.

    Parameters
    ----------
    name : str
        Feature set and classifier: srm-fld.
    folder : Path
        Receives both files.
    train : Split
        Shards and features; a group is drawn, and left out, as a whole.
    seed : int
        Of all random draws.

    Returns
    -------
    str
        Training accuracy, for the log.

    Raises
    ------
    ModelError
        Features that do not belong to the shards, or are not finite.
    """
    feature_set, _, classifier = name.rpartition("-")
    pairs = Pairs(train.shards, excluded=train.excluded)
    features = gather(feature_set, pairs, train)
    groups = groups_of(pairs, train)
    fitted = classifiers.fit(classifier, features, groups, seed)
    scores = classifiers.scores(fitted.arrays, features)
    accuracy = float(np.mean((scores >= THRESHOLD) == (np.arange(len(scores)) % 2 == 1)))
    described = {"features": feature_set, "classifier": classifier, "seed": seed, "size": pairs.size}
    described |= {"version": FEATURES[feature_set].version, "citation": FEATURES[feature_set].citation}
    described |= {"pairs": len(pairs), "groups": len(set(groups)), "chosen": fitted.chosen, "train_accuracy": accuracy}
    described |= {"qualities": sorted(set(pairs.qualities))} if FEATURES[feature_set].of_coefficients else {}
    described |= {"software": {package: version(package) for package in ("numpy", "scipy", "scikit-learn")}}
    with atomic_write(Path(folder) / WEIGHTS) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **fitted.arrays)
    describe(folder, described, WEIGHTS)
    return f"train_accuracy {accuracy:.3f}"


def load(folder: Path) -> FeatureDetector:
    """Open what `fit` wrote.

    Raises
    ------
    ModelError
        A file that is missing, or weights that are not those of the description.
    """
    path, description = Path(folder) / WEIGHTS, described(folder)
    try:
        check_sha256(path, description["sha256"], "delete it and run again")
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        if not arrays.keys() >= {"weights", "offset", "slope"}:
            raise ValueError("one of an earlier release: delete it and run again")
        return FeatureDetector(
            description["features"], description["classifier"], arrays, description["size"], description
        )
    except (OSError, KeyError, ValueError) as error:
        raise ModelError(
            f"{folder}: expected a detector ({WEIGHTS}, {DESCRIPTION}), got {' '.join(str(error).split())}"
        ) from error


def groups_of(pairs: Pairs, split: Split) -> list[str]:
    """Group of each pair, of sources that are combined under a name of its own."""
    covers = zip(pairs.origins, pairs.names, strict=True)
    return [f"{source}/{split.groups.get((source, name), name)}" for (source, _), name in covers]


def gather(feature_set: str, pairs: Pairs, split: Split) -> NDArray[np.float32]:
    """Read the features of cover and stego of each pair in turn, float32 [dimension, 2 n].

    Raises
    ------
    ModelError
        Files whose covers are not those of the shards, or of another set or version of it.
    """
    entry = FEATURES[feature_set]
    found = _matrix(entry.dimension, 2 * len(pairs))
    start = filled = 0
    for number, path in enumerate(split.stego_features):
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
            own = _read(split.cover_features[number], feature_set)
            row_of = {name: row for row, name in enumerate(own.names)}
            if not row_of.keys() >= set(stegos.names):
                raise ModelError(
                    f"{split.cover_features[number]}: expected the covers of {path}, got others: run again"
                )
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
