"""The weighted mean of the scores of a network and of a feature detector: a detector of its own."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import detector, feature_detector, metrics, scores, weights
from models.dataset import Pairs
from models.detector import Detector
from models.errors import ModelError
from models.feature_detector import DESCRIPTION, FeatureDetector
from models.recipe import Recipe
from models.scores import OperatingPoint, Scores, operating_point
from stegdata.files import atomic_write, check_sha256, sha256
from stegdata.pairs import Decode

#: Weights of the network that are tried.
TRIED = np.linspace(0, 1, 21)


@dataclass(frozen=True)
class MeanDetector:
    """A network and a feature detector, and how much of the score is the network's.

    Attributes
    ----------
    network : Detector
    features : FeatureDetector
    weight : float
        From 0 to 1, of the network.
    point : OperatingPoint or None
        False alarms and missed detections on the test split, where that was scored.
    decode : callable
        Coefficients and table to pixels, where one of the two looks at these and the other at those.
    """

    network: Detector
    features: FeatureDetector
    weight: float
    point: OperatingPoint | None
    decode: Decode

    @property
    def size(self) -> int:
        """Side of the images that it takes, in pixels."""
        return self.network.size

    @property
    def domain(self) -> str:
        """What it looks at: pixels ("spatial"), or DCT coefficients with their table ("jpeg")."""
        return "jpeg" if "jpeg" in (self.network.domain, self.features.domain) else "spatial"

    def scores(self, images: Sequence[tuple[NDArray[Any], ...]]) -> NDArray[np.float64]:
        """Score images: uint8 [size, size], or coefficients and table, each -> float64 [n] in [0, 1]."""
        given = [
            [(self.decode(*image),) for image in images] if one.domain != self.domain else images
            for one in (self.network, self.features)
        ]
        return mean(self.network.scores(given[0]), self.features.scores(given[1]), self.weight)


def mean(network: NDArray[np.float64], features: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Weighted mean of two detectors' scores of the same images, `weight` of it the network's: float64 [n]."""
    return weight * network + (1 - weight) * features


def weigh(labels: NDArray[np.int64], network: NDArray[np.float64], features: NDArray[np.float64]) -> dict[str, Any]:
    """Choose the weight with the smallest mean cross-entropy on validation images, of equals the smallest.

    Parameters
    ----------
    labels : numpy.ndarray
        int [n], 0 cover, 1 stego.
    network, features : numpy.ndarray
        float64 [n], scores of the two.

    Returns
    -------
    dict
        `weight`, and its `error`, the share of images that are told wrongly; `tried`, what each weight came to: `loss`
        in nats, and error.
    """
    tried = []
    for weight in TRIED:
        found = metrics.summarise(labels, mean(network, features, weight))
        tried.append({"weight": round(float(weight), 2), "loss": found["loss"], "error": 1 - found["accuracy"]})
    best = min(tried, key=lambda one: one["loss"])
    return {"by": "loss on validation", "weight": best["weight"], "error": best["error"], "tried": tried}


def fit(folder: Path, network: Path, features: Path, recipe: Recipe, val: feature_detector.Data) -> dict[str, Any]:
    """Score the val split with both, choose the weight, and write `model.json`.

    Parameters
    ----------
    folder : Path
        Gets `model.json`, which names the folders of the two relative to it.
    network, features : Path
        Folders of the two, trained on the same stego set.
    recipe : Recipe
        Of the network.
    val : Data
        Shards and features of the val split.

    Returns
    -------
    dict
        What `weigh` found.
    """
    pairs = Pairs(val.shards, without=val.without, coefficients=recipe.unrounded)
    by_network = detector.score(weights.load(network, pairs.size), recipe, pairs)
    by_features = feature_detector.load(features).score(pairs, val)
    chosen = weigh(np.tile([0, 1], len(pairs)), by_network, by_features)
    parts = {
        name: {"folder": os.path.relpath(path, folder), "sha256": sha256(Path(path) / DESCRIPTION)}
        for name, path in (("network", network), ("features", features))
    }
    with atomic_write(Path(folder) / DESCRIPTION) as temporary:
        temporary.write_text(
            json.dumps({"parts": parts, "chosen": chosen}, indent=2, sort_keys=True) + "\n", encoding="utf-8"
        )
    return chosen


def evaluate(folder: Path, network: Path, features: Path, scores_path: Path) -> dict[str, Any]:
    """Take the mean of scores of the same test images, write it, and sum it up as `models.detector.evaluate` does.

    Parameters
    ----------
    folder : Path
        As `fit` left it.
    network, features : Path
        `scores.tsv` of each.
    scores_path : Path
        Gets the means.

    Raises
    ------
    ModelError
        If the two scored other images.
    """
    chosen = _described(folder)["chosen"]
    one, other = scores.read(network), scores.read(features)
    if one.images != other.images:
        raise ModelError(f"{features}: expected scores of the images of {network}, got others: delete both, run again")
    values = mean(one.values, other.values, chosen["weight"])
    both = Scores(one.sources, one.embedders, one.names, one.qualities, one.labels, values)
    scores.write(scores_path, both)
    return metrics.describe(both) | {"train_accuracy": None, "val_accuracy": 1 - chosen["error"], "best_epoch": 0}


def load(folder: Path, decode: Decode) -> MeanDetector:
    """Open what `fit` wrote, with the two that it is made of; `decode` makes pixels of coefficients and their table.

    Raises
    ------
    ModelError
        A file that is missing, or a part that was trained anew since.
    """
    folder, described = Path(folder), _described(folder)
    paths = {name: folder / part["folder"] for name, part in described["parts"].items()}
    for name, part in described["parts"].items():
        check_sha256(paths[name] / DESCRIPTION, part["sha256"], f"delete {folder} and run again")
    network, features = detector.load(paths["network"]), feature_detector.load(paths["features"])
    return MeanDetector(
        network, features, described["chosen"]["weight"], operating_point(folder / "scores.tsv"), decode
    )


def is_mean(folder: Path) -> bool:
    """Whether a folder holds what `fit` wrote."""
    try:
        return "parts" in json.loads((Path(folder) / DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def _described(folder: Path) -> Mapping[str, Any]:
    path = Path(folder) / DESCRIPTION
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: expected the weight of a mean, got {' '.join(str(error).split())}") from error
