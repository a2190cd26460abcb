"""Compiled loops of SPAM.

A kernel gets checked arrays only, and calls kernels of this file only, so that Numba's cache sees what changed.
"""

import numpy as np

from embedders.kernel import kernel


@kernel()
def triples(pixels, rows, columns, limit):
    """Counts of three differences in a row, cut off at `limit`, of pixels `rows` and `columns` apart: int64 [7^3]."""
    height, width = pixels.shape
    levels = 2 * limit + 1
    counts = np.zeros(levels**3, np.int64)
    top, left = max(0, -3 * rows), max(0, -3 * columns)
    for i in range(top, height - max(0, 3 * rows)):
        for j in range(left, width - max(0, 3 * columns)):
            index = 0
            for step in range(3):
                here = pixels[i + step * rows, j + step * columns]
                there = pixels[i + (step + 1) * rows, j + (step + 1) * columns]
                index = index * levels + min(max(here - there, -limit), limit) + limit
            counts[index] += 1
    return counts
