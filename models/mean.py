"""The weighted mean of the scores of a network and of a feature detector: a detector of its own."""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders import Domain
from models import metrics, scores
from models.detector import DESCRIPTION, Detector, Split, describe, load
from models.errors import ModelError
from models.scores import THRESHOLD, Scores
from stegdata.files import check_sha256, sha256

#: Weights of the network to choose from.
WEIGHTS = np.linspace(0, 1, 21)
COMPONENTS = ("network", "features")


class MeanDetector:
    """A network and a feature detector; `weight` is the share of the network in the score."""

    def __init__(self, folder: Path, description: Mapping[str, Any]) -> None:
        """Take the folder and its `model.json`; the two detectors are opened on first use."""
        self.folder, self._parts, self._chosen = folder, description["parts"], description.get("chosen", {})
        if not {"weight", "error"} <= self._chosen.keys() or not set(COMPONENTS) <= self._parts.keys():
            raise ModelError(f"{folder}: expected model.json with parts and chosen weight, got others: run again")
        self.weight: float = self._chosen["weight"]

    @cached_property
    def components(self) -> tuple[Detector, Detector]:
        """The network and the feature detector; ModelError where one was trained anew since."""
        folders = [self.folder / self._parts[name]["folder"] for name in COMPONENTS]
        for name, path in zip(COMPONENTS, folders, strict=True):
            check_sha256(path / DESCRIPTION, self._parts[name]["sha256"], f"delete {self.folder} and run again")
        return load(folders[0]), load(folders[1])

    @property
    def size(self) -> int:
        """Side in pixels of the images that it takes."""
        return self.components[0].size

    @property
    def domain(self) -> Domain:
        """Domain of the images that it takes: coefficients, where one of the two takes these."""
        domains = [component.domain for component in self.components]
        return next(domain for domain in domains if all(map(domain.holds, domains)))

    def scores(self, images: Sequence[tuple[NDArray[Any], ...]]) -> NDArray[np.float64]:
        """Score images: uint8 [size, size], or coefficients and table, each -> float64 [n] in [0, 1]."""
        decoded = [(self.domain.pixels(*image),) for image in images]
        values = [each.scores(images if each.domain is self.domain else decoded) for each in self.components]
        return mean(values[0], values[1], self.weight)

    def score(self, split: Split) -> tuple[Scores, dict[str, Any]]:
        """Take the mean of two files of scores of the same images.

        Raises
        ------
        ModelError
            If the two scored other images.
        """
        network, features = read_both(*split.components)
        values = mean(network.values, features.values, self.weight)
        recorded = json.loads(metrics.beside(split.components[0]).read_text(encoding="utf-8"))
        facts = {key: recorded[key] for key in ("size", "resize", "parameters")}
        facts |= {"train_accuracy": None, "val_accuracy": 1 - self._chosen["error"], "best_epoch": 0}
        return network._replace(values=values), facts


def mean(network: NDArray[np.float64], features: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Weighted mean of two detectors' scores of the same images, `weight` of it the network's: float64 [n]."""
    return weight * network + (1 - weight) * features


def read_both(network: Path, features: Path) -> tuple[Scores, Scores]:
    """Read two files of scores; ModelError where they are not of the same images."""
    first, second = scores.read(Path(network)), scores.read(Path(features))
    if first.images != second.images:
        raise ModelError(f"{features}: expected scores of the images of {network}, got others: delete both, run again")
    return first, second


def weigh(labels: NDArray[np.int64], network: NDArray[np.float64], features: NDArray[np.float64]) -> dict[str, Any]:
    """Choose the weight with the smallest mean cross-entropy on validation images, the smallest of equals.

    Parameters
    ----------
    labels : numpy.ndarray
        int [n], 0 cover, 1 stego.
    network, features : numpy.ndarray
        float64 [n], scores of the two.

    Returns
    -------
    dict
        `weight`, and its `error`, the share of images classified wrongly; `tried`, `loss` in nats and error of each
        weight.
    """
    tried = []
    for weight in WEIGHTS:
        values = mean(network, features, weight)
        error = float(np.mean((values >= THRESHOLD) != (labels == 1)))
        tried.append({"weight": round(float(weight), 2), "loss": metrics.loss(labels, values), "error": error})
    best = min(tried, key=lambda result: result["loss"])
    return {"by": "loss on validation", "weight": best["weight"], "error": best["error"], "tried": tried}


def fit(folder: Path, components: Sequence[Path], val_scores: Sequence[Path]) -> dict[str, Any]:
    """Choose the weight on validation, and write `model.json`.

    Parameters
    ----------
    folder : Path
        Receives `model.json`, which names the folders of the two relative to it.
    components : sequence of Path
        Folders of the network and the feature detector, trained on the same stego set.
    val_scores : sequence of Path
        Their scores of the val split.

    Returns
    -------
    dict
        As `weigh`.
    """
    network, features = read_both(*val_scores)
    chosen = weigh(network.labels, network.values, features.values)
    parts = {
        name: {"folder": os.path.relpath(path, folder), "sha256": sha256(Path(path) / DESCRIPTION)}
        for name, path in zip(COMPONENTS, components, strict=True)
    }
    describe(folder, {"parts": parts, "chosen": chosen})
    return chosen
