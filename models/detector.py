"""Trained detectors of every kind: opened from their folder, and their scores of a split."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from embedders import Domain
from models.errors import ModelError
from models.scores import Scores
from stegdata.files import atomic_write, sha256

DESCRIPTION = "model.json"


class Split(NamedTuple):
    """Files of one split of a stego set, as far as a detector reads them.

    Attributes
    ----------
    shards : sequence of Path
    stego_features, cover_features : sequence of Path
        Features of the stegos and covers of each shard; those of precomputed covers are in the stegos' files.
    components : sequence of Path
        Scores of the network and of the feature detector, for their mean.
    excluded : collection of (str, str)
        Source and name of covers to leave out.
    """

    shards: Sequence[Path] = ()
    stego_features: Sequence[Path] = ()
    cover_features: Sequence[Path] = ()
    components: Sequence[Path] = ()
    excluded: Collection[tuple[str, str]] = ()


class Detector(Protocol):
    """A trained detector: a network, a classifier of features, or the mean of both."""

    @property
    def size(self) -> int:
        """Side in pixels of the images that it takes."""

    @property
    def domain(self) -> Domain:
        """Domain of the images that it takes: pixels, or DCT coefficients with their table."""

    def scores(self, images: Sequence[tuple[NDArray[Any], ...]]) -> NDArray[np.float64]:
        """Score images, (pixels,) or (coefficients, table) each: float64 [n], probability of stego."""

    def score(self, split: Split) -> tuple[Scores, dict[str, Any]]:
        """Score cover and stego of each pair of a split; add what `metrics.json` records of detector and images."""


def load(folder: Path) -> Detector:
    """Open a detector of any kind from its folder.

    Parameters
    ----------
    folder : Path
        As `models.training.train`, `models.feature_detector.fit` or `models.mean.fit` left it.

    Raises
    ------
    ModelError
        A file that is missing or damaged.
    """
    description = described(folder)
    if "parts" in description:
        from models.mean import MeanDetector

        return MeanDetector(Path(folder), description)
    if "features" in description:
        from models import feature_detector

        return feature_detector.load(folder)
    from models.network_detector import NetworkDetector

    return NetworkDetector(Path(folder), description)


def described(folder: Path) -> dict[str, Any]:
    """Read `model.json`; ModelError where it is missing or damaged."""
    path = Path(folder) / DESCRIPTION
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path}: expected the description of a trained detector, got {' '.join(str(error).split())}: name the "
            "folder of a detector, or delete this folder and run again"
        ) from error
    if not isinstance(description, dict):
        raise ModelError(f"{path}: expected the description of a trained detector, got {type(description).__name__}")
    return description


def describe(folder: Path, description: Mapping[str, Any], weights: str | None = None) -> None:
    """Write `model.json`, with the sha256 of the file of weights where there is one."""
    digest = {} if weights is None else {"sha256": sha256(Path(folder) / weights)}
    with atomic_write(Path(folder) / DESCRIPTION) as temporary:
        temporary.write_text(json.dumps({**description, **digest}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
