"""Pixels and coefficients that tests embed in, write and read."""

import numpy as np
import skimage.data

from stegdata.formats import images


def noise(height, width, channels=None, seed=0):
    shape = (height, width) if channels is None else (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def pgm(seed, height=8, width=8):
    """Content of a PGM of noise; the pixels are its end."""
    return images.encode_pgm(noise(height, width, seed=seed))


def crop(height, width, top=200, left=200):
    """Part of scikit-image's camera man, which is 512x512."""
    return skimage.data.camera()[top : top + height, left : left + width].copy()


def quantized(pixels):
    """Quantized DCT coefficients [height, width] of the pixels, and their table [8, 8]; ties go up."""
    n = np.arange(8)
    dct = np.sqrt(np.where(n == 0, 1, 2) / 8)[:, None] * np.cos(np.pi * n[:, None] * (2 * n + 1) / 16)
    table = (2 + np.add.outer(n, n)).astype(np.uint16)
    blocks = pixels.reshape(pixels.shape[0] // 8, 8, -1, 8).swapaxes(1, 2) - 128.0
    levels = np.floor(dct @ blocks @ dct.T / table + 0.5 + 1e-6)
    return levels.swapaxes(1, 2).reshape(pixels.shape).astype(np.int16), table
