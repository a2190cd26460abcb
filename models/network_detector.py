"""Trained networks as detectors."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

import models
from embedders import Domain
from models import history, weights
from models.calibration import probabilities
from models.dataset import Pairs, in_order
from models.detector import Split, check_tables
from models.errors import ModelError
from models.features.jpeg import unrounded
from models.inference import Inference
from models.pipeline import batches
from models.recipe import Recipe
from models.scores import Scores


class NetworkDetector:
    """A network with trained weights.

    Attributes
    ----------
    folder : Path
    recipe : Recipe
        As it was trained.
    size : int
        Side in pixels of the images that it was trained on.
    """

    def __init__(self, folder: Path, description: Mapping[str, Any]) -> None:
        """Take the folder of a finished training and its `model.json`."""
        self.folder = folder
        try:
            self.recipe, self.size = Recipe(**description["recipe"]), int(description["image_size"])
            self._qualities: list[int] = description.get("qualities", [])
            self._temperature = float(description.get("temperature", 1))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{folder}: expected model.json with recipe and image_size, got {' '.join(str(error).split())}"
            ) from error

    @property
    def domain(self) -> Domain:
        """Domain of the images that it takes."""
        return self.recipe.domain

    @cached_property
    def model(self) -> keras.Model:
        """The network for images of `size`: [n, size, size, 1] -> [n, 2]."""
        return weights.load(self.folder, self.size)

    def scores(self, images: Sequence[tuple[NDArray[Any], ...]]) -> NDArray[np.float64]:
        """Score images: uint8 [size, size], or coefficients and table, each -> float64 [n], probability of stego.

        Raises
        ------
        ModelError
            Images of another size, or of another JPEG quality where it was trained on unrounded pixels.
        """
        if self.recipe.unrounded:
            check_tables(images, self._qualities)
        batch = np.stack([unrounded(*image) if self.recipe.unrounded else image[0] for image in images])
        if batch.shape[1:] != (self.size, self.size):
            raise ModelError(
                f"expected images of {self.size}x{self.size} pixels, as this network was trained on, got "
                f"{'x'.join(map(str, batch.shape[1:]))}: resize or crop them as its training data were"
            )
        return probabilities(self._inference.log_odds([(batch[..., None], None)]) / self._temperature)

    def score(self, split: Split) -> tuple[Scores, dict[str, Any]]:
        """Score every image of some shards in inference mode; of a recipe with windows, the centre."""
        pairs = Pairs(split.shards, crop=self.recipe.crop, excluded=split.excluded, coefficients=self.recipe.unrounded)
        model = weights.load(self.folder, pairs.size)
        data = batches(pairs, in_order(len(pairs)), self.recipe.batch_images)
        log_odds = Inference(model, symmetries=self.recipe.symmetries).log_odds(data)
        values = probabilities(log_odds / self._temperature)
        best = history.best(history.read(self.folder / "history.tsv"))
        facts = {"best_epoch": best.epoch, "train_accuracy": best.train_accuracy, "val_accuracy": best.val_accuracy}
        facts |= {"parameters": models.parameter_counts(model).trained}
        return pairs.scored(values), facts | {"size": pairs.size, "resize": pairs.resize}

    @cached_property
    def _inference(self) -> Inference:
        return Inference(self.model, symmetries=self.recipe.symmetries)
