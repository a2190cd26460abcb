"""From shards to batches: an index data set over memory-mapped images."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.errors import ModelError
from stegdata import shards


class Pairs:
    """All pairs of some shards, addressed by one running number.

    Attributes
    ----------
    names : list of str
        Cover names, in order of the running number.
    origins : list of (str, str)
        Source and embedder of each pair.
    resize : str
        Of the first shard: how its images got their size.
    size : int
        Side of the images in pixels.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Open the shards, in the order given.

        Raises
        ------
        ModelError
            If there is none, or their images differ in size.
        """
        opened = [shards.read(path) for path in paths]
        sizes = sorted({side for shard in opened for side in shard.cover.shape[1:]})
        if len(sizes) != 1:
            raise ModelError(
                f"shards: expected images of one size, got sizes {sizes or 'of no shard'}: {list(map(str, paths))}"
            )
        self.size = sizes[0]
        self.names = [str(name) for shard in opened for name in shard.names]
        self.origins = [
            tuple(str(shard.attributes.get(key, "")) for key in ("source", "embedder"))
            for shard in opened
            for _ in shard.names
        ]
        self.resize = str(opened[0].attributes.get("resize", ""))
        self._images = [(shard.cover, shard.stego) for shard in opened]
        self._starts = np.cumsum([0] + [len(shard.names) for shard in opened])

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.names)

    def gather(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Read images: rows [n, 3] of (pair, 0 cover or 1 stego, symmetry 0..7) -> uint8 [n, size, size, 1]."""
        out = np.empty((len(rows), self.size, self.size, 1), np.uint8)
        shard_of = np.searchsorted(self._starts, rows[:, 0], side="right") - 1
        for i, (pair, stego, symmetry) in enumerate(rows):
            image = self._images[shard_of[i]][stego][pair - self._starts[shard_of[i]]]
            image = image[:, ::-1] if symmetry >= 4 else image
            out[i, :, :, 0] = np.rot90(image, symmetry % 4)
        return out


def epoch_order(pairs: int, *, seed: int, epoch: int, paired: bool, augment: bool) -> NDArray[np.int64]:
    """Rows for `Pairs.gather` of one training epoch: a function of seed and epoch only.

    Returns
    -------
    numpy.ndarray
        int64 [2 * pairs, 3]; with `paired`, rows 2i and 2i + 1 are cover and stego of one pair. Both images of a pair
        always get the same symmetry.
    """
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, epoch))))
    symmetry = generator.integers(0, 8, pairs) if augment else np.zeros(pairs, np.int64)
    images = np.arange(2 * pairs)
    if paired:
        images = (2 * generator.permutation(pairs)[:, None] + np.arange(2)).reshape(-1)
    else:
        images = generator.permutation(images)
    return np.stack([images // 2, images % 2, symmetry[images // 2]], axis=1)


def in_order(pairs: int) -> NDArray[np.int64]:
    """Rows of all images as they are: cover and stego of the first pair, of the second, and so on."""
    images = np.arange(2 * pairs)
    return np.stack([images // 2, images % 2, np.zeros_like(images)], axis=1)


def batches(
    pairs: Pairs, rows: NDArray[np.int64], batch_images: int, *, drop_remainder: bool = False
) -> tf.data.Dataset:
    """Batches of (images uint8 [n, size, size, 1], one-hot labels float32 [n, 2]: cover, stego)."""

    def load(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = tf.numpy_function(pairs.gather, [rows], tf.uint8, stateful=False)
        images.set_shape((None, pairs.size, pairs.size, 1))
        return images, tf.one_hot(rows[:, 1], 2)

    index = tf.data.Dataset.from_tensor_slices(rows).batch(batch_images, drop_remainder=drop_remainder)
    return index.map(load).prefetch(2)
