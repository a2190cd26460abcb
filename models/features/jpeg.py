"""Unrounded pixels of quantised DCT coefficients, and the phases of the 8x8 grid that JPEG features are counted by."""

import numpy as np
from numpy.typing import NDArray

from models.features import _kernels_jpeg


def _basis() -> NDArray[np.float64]:
    """Orthonormal DCT-II, [frequency, place]; from long doubles, so that its last bits depend on no library."""
    frequency, place = np.arange(8, dtype=np.longdouble)[:, None], np.arange(8, dtype=np.longdouble)
    pi = np.longdouble("3.14159265358979323846264338327950288")
    waves = np.cos(pi * frequency * (2 * place + 1) / 16) / 2
    waves[0] = np.sqrt(np.longdouble(1) / 8)
    return waves.astype(np.float64)


DCT = _basis()
#: Phase of the grid along one axis -> group: a phase and its mirror image are alike, 0 and 4 are alone.
GROUP = np.array([0, 1, 2, 3, 4, 3, 2, 1])
#: Levels of a response that are told apart, the last one for all above.
LEVELS = 5


def decompress(coefficients: NDArray[np.integer], table: NDArray[np.integer]) -> NDArray[np.float64]:
    """Pixels about zero, neither rounded nor clipped: coefficients int [h, w], table int [8, 8] -> float64 [h, w]."""
    return _kernels_jpeg.decompress(np.ascontiguousarray(coefficients, np.float64), table.astype(np.float64), DCT)


def unrounded(coefficients: NDArray[np.integer], table: NDArray[np.integer]) -> NDArray[np.float32]:
    """Pixels as decompressed, neither rounded nor clipped: what networks of the JPEG domain may see."""
    return (decompress(coefficients, table) + 128).astype(np.float32)


def by_phase(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shares of levels, in groups of like phases.

    Parameters
    ----------
    counts : numpy.ndarray
        int64 [filters, 8, 8, LEVELS]: responses of a filter at a phase of rows and columns that had a level.

    Returns
    -------
    numpy.ndarray
        float64 [filters, 5, 5, LEVELS]: shares in each group.
    """
    grouped = np.zeros((len(counts), LEVELS, LEVELS, LEVELS), np.int64)
    for row, column in np.ndindex(8, 8):
        grouped[:, GROUP[row], GROUP[column]] += counts[:, row, column]
    return grouped / grouped.sum(axis=3, keepdims=True)
