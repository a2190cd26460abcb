"""What a network says in inference mode, and moving statistics to say it with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


class Inference:
    """A network out of training; what it compiles serves for all calls."""

    def __init__(self, model: keras.Model, *, symmetries: bool = False) -> None:
        """Take a model from `models.build`, and whether a score is the mean over the eight rotations and flips."""
        self._model, self._symmetries = model, symmetries
        self._predict = tf.function(self._call, reduce_retracing=True)
        self._observe = tf.function(self._call_and_average, reduce_retracing=True)

    def stego_probabilities(self, data: Iterable) -> NDArray[np.float64]:
        """Score every image of some batches: float64 [n], the probability of stego.

        Moving statistics only: a batch that holds a cover and its stego would give the label away by its own.
        """
        return np.concatenate([self._predict(images).numpy()[:, 1] for images, _ in data]).astype(np.float64)

    def log_odds(self, data: Iterable) -> NDArray[np.float64]:
        """Score every image of some batches: float64 [n], log-odds of stego, which do not round to certainty."""
        both = np.concatenate([self._predict(images).numpy() for images, _ in data]).astype(np.float64)
        cover, stego = np.log(np.maximum(both, np.finfo(np.float32).tiny)).T
        return stego - cover

    def recalibrate(self, data: Iterable) -> None:
        """Replace the moving statistics of batch normalisation by their means over some batches, dropout off.

        After training with a momentum of 0.2 they are nearly those of the last batch.
        """
        for number, (images, _) in enumerate(data):
            self._observe(images, tf.constant(number / (number + 1), tf.float32))

    def _call(self, images: tf.Tensor) -> tf.Tensor:
        images = tf.cast(images, tf.float32)
        if not self._symmetries:
            return self._model(images, training=False)
        turned = [tf.image.rot90(side, turns) for side in (images, images[:, :, ::-1]) for turns in range(4)]
        return tf.add_n([self._model(one, training=False) for one in turned]) / len(turned)

    def _call_and_average(self, images: tf.Tensor, momentum: tf.Tensor) -> None:
        with _averaging(self._model, momentum):
            self._model(tf.cast(images, tf.float32), training=True)


@contextmanager
def _averaging(model: keras.Model, momentum: tf.Tensor) -> Iterator[None]:
    """While a step is traced: this momentum in every batch normalisation, and no dropout."""
    changed = [(layer, "momentum", momentum) for layer in model.layers if hasattr(layer, "moving_mean")]
    changed += [(layer, "rate", 0.0) for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    before = [getattr(layer, name) for layer, name, _ in changed]
    for layer, name, value in changed:
        setattr(layer, name, value)
    try:
        yield
    finally:
        for (layer, name, _), value in zip(changed, before, strict=True):
            setattr(layer, name, value)
