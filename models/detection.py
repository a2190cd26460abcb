"""A trained detector, opened from the folder of its training, and the scores that it gives to images."""

import csv
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from models import weights
from models.errors import ModelError

#: From this score on an image is called stego: no threshold is fitted to anything.
THRESHOLD = 0.5


@dataclass(frozen=True)
class Detector:
    """A network with trained weights.

    Attributes
    ----------
    model : keras.Model
        [n, size, size, 1] -> [n, 2].
    size : int
        Side of the images that it takes, in pixels.
    false_alarm, missed : float or None
        Shares of covers from `THRESHOLD` on and of stegos below it, on the test split of its training; None where the
        folder holds no scores.
    covers : int
        Covers that these were measured on.
    """

    model: keras.Model
    size: int
    false_alarm: float | None
    missed: float | None
    covers: int

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Probability of stego of each image: uint8 [n, size, size] -> float64 [n].

        Raises
        ------
        ModelError
            Images of another size.
        """
        if images.ndim != 3 or images.shape[1:] != (self.size, self.size):
            raise ModelError(
                f"expected images of {self.size}x{self.size} pixels, as this network was trained on, got "
                f"{'x'.join(map(str, images.shape[1:]))}: resize or crop them as its training data were"
            )
        return self.model.predict_on_batch(images[..., None])[:, 1].astype(np.float64)


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
    model = weights.load(folder)
    return Detector(model, model.input_shape[1], *_operating_point(Path(folder) / "scores.tsv"))


def _operating_point(path: Path) -> tuple[float | None, float | None, int]:
    """False alarms and missed detections at the threshold, and the number of covers."""
    if not path.is_file():
        return None, None, 0
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(line["label"] == "1", float(line["score"])) for line in csv.DictReader(file, delimiter="\t")]
    covers = [score for stego, score in rows if not stego]
    stegos = [score for stego, score in rows if stego]
    if not covers or not stegos:
        return None, None, 0
    alarms = sum(score >= THRESHOLD for score in covers) / len(covers)
    return alarms, sum(score < THRESHOLD for score in stegos) / len(stegos), len(covers)
