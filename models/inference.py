"""What a network says in inference mode, and moving statistics to say it with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


def stego_probabilities(model: keras.Model, data: Iterable) -> NDArray[np.float64]:
    """Score every image of some batches in inference mode: float64 [n], the probability of stego.

    Moving statistics only: a batch that holds a cover and its stego would give the label away by its own statistics.
    """
    predict = tf.function(lambda images: model(tf.cast(images, tf.float32), training=False), reduce_retracing=True)
    return np.concatenate([predict(images).numpy()[:, 1] for images, _ in data]).astype(np.float64)


def recalibrate(model: keras.Model, data: Iterable) -> None:
    """Replace the moving statistics of batch normalisation by their means over some batches, dropout off.

    After training with a momentum of 0.2 they are nearly those of the last batch.
    """

    @tf.function(reduce_retracing=True)
    def see(images: tf.Tensor, momentum: tf.Tensor) -> None:
        with _averaging(model, momentum):
            model(tf.cast(images, tf.float32), training=True)

    for number, (images, _) in enumerate(data):
        see(images, tf.constant(number / (number + 1), tf.float32))


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
