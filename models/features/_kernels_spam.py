"""Compiled loops of SPAM.

A kernel gets checked arrays only, and calls kernels of this file only, so that Numba's cache sees what changed.
"""

import numpy as np

from embedders.kernel import kernel


@kernel()
def triples(pixels, rows, columns, limit):
    """Counts of three differences in a row, cut off at `limit`, of pixels `rows` and `columns` apart: int64 [7^3].

    Pixels int16 [h, w]; `rows` is 0, 1 or -1, `columns` 0 or 1. Even and odd columns have counters of their own,
    so that one does not wait for the other.
    """
    levels = _levels(pixels, rows, columns, np.int16(limit))
    height, width = levels.shape[0] - 2 * abs(rows), levels.shape[1] - 2 * columns
    first = 2 if rows < 0 else 0
    counts = np.zeros((2, (2 * limit + 1) ** 3), np.uint32)
    index = np.empty(width, np.uint16)
    for i in range(first, first + height):
        _index(
            levels[i, :width],
            levels[i + rows, columns : columns + width],
            levels[i + 2 * rows, 2 * columns : 2 * columns + width],
            np.uint16(2 * limit + 1),
            index,
        )
        even = width // 2 * 2
        for j in range(0, even, 2):
            counts[0, index[j]] += np.uint32(1)
            counts[1, index[j + 1]] += np.uint32(1)
        if even < width:
            counts[0, index[even]] += np.uint32(1)
    return counts[0].astype(np.int64) + counts[1]


@kernel()
def _levels(pixels, rows, columns, limit):
    """Differences, cut off, above -limit; where the other pixel lies above, row 0 is that of the second row."""
    height, width = pixels.shape[0] - abs(rows), pixels.shape[1] - columns
    first = 1 if rows < 0 else 0
    levels = np.empty((height, width), np.uint16)
    for i in range(height):
        _cut(pixels[i + first, :width], pixels[i + first + rows, columns : columns + width], limit, levels[i])
    return levels


@kernel()
def _cut(here, there, limit, levels):
    for j in range(levels.size):
        levels[j] = np.uint16(min(max(here[j] - there[j], -limit), limit) + limit)


@kernel()
def _index(first, second, third, base, index):
    for j in range(index.size):
        index[j] = (first[j] * base + second[j]) * base + third[j]
