"""Trained detectors of every kind: opened from their folder, and their scores of a split."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from embedders import Domain
from models import metrics, scores
from models.errors import ModelError
from models.scores import Scores
from stegdata.files import atomic_write, sha256
from stegdata.formats.jpeg_quality import quality_of

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
    groups : mapping
        (source, cover name) -> photograph or patient; a cover that is not in it is a group of its own.
    """

    shards: Sequence[Path] = ()
    stego_features: Sequence[Path] = ()
    cover_features: Sequence[Path] = ()
    components: Sequence[Path] = ()
    excluded: Collection[tuple[str, str]] = ()
    groups: Mapping[tuple[str, str], str] = {}


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


def evaluate(folder: Path, split: Split, scores_path: Path, val: Path | None = None) -> dict[str, Any]:
    """Score a split with a detector, and write the scores and, beside them, their metrics.

    Parameters
    ----------
    folder : Path
        As for `load`.
    split : Split
    scores_path : Path
        `scores.tsv` or `val-scores.tsv`.
    val : Path, optional
        Metrics of the val split, whose accuracy is recorded for detectors that did not see it in training.

    Returns
    -------
    dict
        As `models.metrics.describe`, with `size` and `resize` of the images, `train_accuracy`, `val_accuracy`,
        `best_epoch` and, of networks, `parameters`.
    """
    scored, facts = load(folder).score(split)
    if split.groups:
        scored = scored.grouped(split.groups)
    if val is not None:
        facts["val_accuracy"] = json.loads(Path(val).read_text(encoding="utf-8"))["accuracy"]
    scores.write(scores_path, scored)
    summary = metrics.describe(scored) | facts
    metrics.write(metrics.beside(scores_path), summary)
    return summary


def check_tables(images: Sequence[tuple[NDArray[Any], ...]], trained: Collection[int]) -> None:
    """Raise ModelError where JPEGs have another quality than the training images of a detector.

    Parameters
    ----------
    images : sequence of tuple
        (coefficients, table) each.
    trained : collection of int
        Qualities of the training images, as `stegdata.formats.jpeg_quality.quality_of` returns them; 0 is a table that
        is no standard one. Empty where `model.json` does not record them.
    """
    for _, table in images:
        quality = quality_of(table)
        if trained and quality not in trained:
            known = ", ".join(str(number or "with tables of their own") for number in sorted(trained))
            raise ModelError(
                f"expected a JPEG of quality {known}, as the detector was trained on, got "
                f"{quality or 'a quantization table of its own'}: its scores mean nothing there; train one "
                "for this quality"
            )


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
        text = json.dumps({**description, **digest}, indent=2, sort_keys=True, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
