"""A trained detector, opened from the folder of its training, and the scores that it gives to images."""

import csv
import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import models
from models.errors import ModelError

if TYPE_CHECKING:
    import keras

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

    model: "keras.Model"
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
        Holds `model.json` (what `models.build` is called with), `model.weights.h5` and, for the operating point,
        `scores.tsv`.

    Raises
    ------
    ModelError
        One of the first two is missing, damaged, or does not fit the other.
    """
    folder = Path(folder)
    described = _read_description(folder / "model.json")
    name = described.pop("network")
    try:
        model = models.build(name, **described)
        model.load_weights(folder / "model.weights.h5")
    except ModelError as error:
        raise ModelError(f"{folder / 'model.json'}: {error}") from error
    except Exception as error:  # Keras meets missing, damaged or foreign weights with exceptions of many classes
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"{folder / 'model.weights.h5'}: expected weights of {name} with head {described['head']}, got {reason}: "
            "name the folder of a finished training"
        ) from error
    return Detector(model, described["image_size"], *_operating_point(folder / "scores.tsv"))


def _read_description(path: Path) -> dict[str, Any]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"{path}: expected the description of a trained network, got {error.strerror}: name the folder of a "
            "finished training, results/training/.../seed-1"
        ) from error
    except ValueError as error:
        raise ModelError(f"{path}: expected JSON, got {error}: make the training again") from error
    missing = [key for key in ("network", "head", "image_size") if key not in described]
    if missing:
        raise ModelError(f"{path}: expected network, head and image_size, got no {missing[0]}: make the training again")
    known = inspect.signature(models.build).parameters
    return {key: value for key, value in described.items() if key == "network" or key in known}


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
