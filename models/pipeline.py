"""From pairs to batches: an index data set over memory-mapped images."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.dataset import Pairs


def batches(
    pairs: Pairs, rows: NDArray[np.int64], batch_images: int, *, drop_remainder: bool = False
) -> tf.data.Dataset:
    """Batches of (images [n, size, size, 1] of the pairs' dtype, one-hot labels float32 [n, 2]: cover, stego)."""

    def load(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = tf.numpy_function(pairs.gather, [rows], tf.as_dtype(pairs.dtype), stateful=False)
        images.set_shape((None, pairs.size, pairs.size, 1))
        return images, tf.one_hot(rows[:, 1], 2)

    index = tf.data.Dataset.from_tensor_slices(rows).batch(batch_images, drop_remainder=drop_remainder)
    return index.map(load).prefetch(2)
