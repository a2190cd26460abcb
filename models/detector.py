"""A trained detector, opened from its folder, and the scores that it gives to images."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

import models
from models import metrics, weights
from models.dataset import Pairs, in_order
from models.errors import ModelError
from models.features.jpeg import unrounded
from models.inference import Inference
from models.pipeline import batches
from models.recipe import Recipe
from models.scores import OperatingPoint, operating_point


@dataclass(frozen=True)
class Detector:
    """A network with trained weights.

    Attributes
    ----------
    model : keras.Model
        [n, size, size, 1] -> [n, 2].
    size : int
        Side of the images that it takes, in pixels.
    point : OperatingPoint or None
        False alarms and missed detections on the test split, where that was scored.
    unrounded : bool
        Whether it was trained on unrounded pixels of JPEGs.
    symmetries : bool
        Whether its scores are means over the eight rotations and flips.
    """

    model: keras.Model
    size: int
    point: OperatingPoint | None
    unrounded: bool = False
    symmetries: bool = False

    @property
    def domain(self) -> str:
        """What it looks at: pixels ("spatial"), or DCT coefficients with their table ("jpeg")."""
        return "jpeg" if self.unrounded else "spatial"

    def scores(self, pixels: Sequence[tuple[NDArray[Any], ...]]) -> NDArray[np.float64]:
        """Probability of stego of each image: uint8 [size, size], or coefficients and table, each -> float64 [n].

        Raises
        ------
        ModelError
            Images of another size.
        """
        images = np.stack([unrounded(*image) if self.unrounded else image[0] for image in pixels])
        if images.shape[1:] != (self.size, self.size):
            raise ModelError(
                f"expected images of {self.size}x{self.size} pixels, as this network was trained on, got "
                f"{'x'.join(map(str, images.shape[1:]))}: resize or crop them as its training data were"
            )
        return self._inference.stego_probabilities([(images[..., None], None)])

    @cached_property
    def _inference(self) -> Inference:
        return Inference(self.model, symmetries=self.symmetries)


def load(folder: Path) -> Detector:
    """Open a training.

    Parameters
    ----------
    folder : Path
        As `models.training.train` left it; for the operating point also `scores.tsv` of its test split.

    Raises
    ------
    ModelError
        If there is no finished training, or its weights do not fit.
    """
    model, recipe = weights.load(folder), weights.described(folder).get("recipe", {})
    point = operating_point(Path(folder) / "scores.tsv")
    switches = (recipe.get(name, False) for name in ("unrounded", "symmetries"))
    return Detector(model, model.input_shape[1], point, *switches)


def evaluate(
    folder: Path,
    recipe: Recipe,
    *,
    test_shards: Sequence[Path],
    scores_path: Path,
    without: Collection[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Score every image of the test shards in inference mode, write the scores, and sum them up.

    Parameters
    ----------
    folder : Path
        A finished training, from `models.training.train`.
    recipe : Recipe
        As trained: size of batches, and of the crop, of which the centre is scored.
    test_shards : sequence of Path
        Shards of the test split.
    scores_path : Path
        Gets the score of every image.
    without : collection of (str, str)
        Source and name of covers to be left out.

    Returns
    -------
    dict
        `models.metrics.describe`; image `size` in pixels and `resize`; trained `parameters`.
    """
    pairs = Pairs(test_shards, crop=recipe.crop, without=without, coefficients=recipe.unrounded)
    model = weights.load(folder, pairs.size)
    found = metrics.record(pairs, score(model, recipe, pairs), scores_path)
    return found | {"parameters": models.parameter_counts(model).trained}


def score(model: keras.Model, recipe: Recipe, pairs: Pairs) -> NDArray[np.float64]:
    """Score cover and stego of each pair in turn as the recipe says: float64 [2 n], the probability of stego."""
    data = batches(pairs, in_order(len(pairs)), recipe.batch_images)
    return Inference(model, symmetries=recipe.symmetries).stego_probabilities(data)
