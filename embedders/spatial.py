"""Spatial domain: checking and padding a cover, counting elements, and pixels that cannot change."""

import numpy as np
from numpy.typing import NDArray

from embedders.interface import EmbedderError

#: Reach of the two correlations with 16 taps on each side of a pixel.
MARGIN = 15


def check(cover: NDArray[np.uint8], *quantization_table: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Return the cover, C-contiguous, or raise `EmbedderError` where it is not uint8 [height, width]."""
    if quantization_table:
        raise EmbedderError("quantization_table: expected none for an embedder of the spatial domain, got one")
    cover = np.asarray(cover)
    if cover.ndim != 2 or cover.dtype != np.uint8:
        raise EmbedderError(
            f"cover: expected uint8 [height, width], got {cover.dtype} {list(cover.shape)}: "
            "convert it to 8-bit grey first (stegdata.formats.images.read does)"
        )
    if 0 in cover.shape:
        raise EmbedderError(f"cover: expected at least one pixel, got {list(cover.shape)}")
    return np.ascontiguousarray(cover)


def pad(cover: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mirror the cover (edge pixels repeated) by the reach of the filters: [h, w] -> float64 [h + 30, w + 30]."""
    return np.pad(check(cover).astype(np.float64), MARGIN, mode="symmetric")


def count(cover: NDArray[np.uint8]) -> int:
    """Elements that the payload counts: all pixels."""
    return cover.size


def wet(cover: NDArray[np.uint8], rho: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the costs of +1 and -1, infinite where the pixel would leave 0..255."""
    return np.where(cover == 255, np.inf, rho), np.where(cover == 0, np.inf, rho)


def pixels(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the pixels of a plane: itself."""
    return plane
