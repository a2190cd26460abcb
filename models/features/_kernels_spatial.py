"""Compiled loops of the spatial rich model and of SPAM.

A kernel gets checked arrays only, and calls kernels of this file only, so that Numba's cache sees what changed.
"""

import numpy as np

from embedders.kernel import kernel

#: Levels of a residual; of two bytes, so that an index is.
FIVE = np.uint16(5)


@kernel()
def quantise(residuals, near, far, levels, mirrored):
    """Level 0 to 4 of each residual: 2, one more from `near` and from `far` on, one less below; and 4 less that."""
    residuals, levels, mirrored = residuals.reshape(-1), levels.reshape(-1), mirrored.reshape(-1)
    for i in range(residuals.size):
        residual = residuals[i]
        above = np.uint8(residual >= near) + np.uint8(residual >= far)
        below = np.uint8(residual <= -near) + np.uint8(residual <= -far)
        levels[i] = np.uint8(2 + above - below)
        mirrored[i] = np.uint8(2 - above + below)


@kernel()
def windows(planes, sets, smallest, other):
    """Histogram of four levels down a column, over the smallest planes of all sets: uint8 [n, h, w] -> int64 [625].

    Two windows are counted at a time, by an index over five rows.
    """
    height, width = planes.shape[1:]
    fives = np.zeros((2, 3125), np.uint32)
    fours = np.zeros((2, 625), np.uint32)
    index = np.empty(width, np.uint16)
    paired = (height - 3) // 2 * 2
    for number in range(sets.shape[0]):
        plane = planes[sets[number, 0]]
        for position in range(1, sets.shape[1]):
            target = smallest if position % 2 else other
            _smaller(plane.reshape(-1), planes[sets[number, position]].reshape(-1), target.reshape(-1))
            plane = target
        for i in range(0, paired, 2):
            _index_of_five(plane[i], plane[i + 1], plane[i + 2], plane[i + 3], plane[i + 4], index)
            _count(index, fives)
        for i in range(paired, height - 3):
            _index_of_four(plane[i], plane[i + 1], plane[i + 2], plane[i + 3], index)
            _count(index, fours)
    # windows that five rows hold: the first four and the last four
    counts = fives[0] + fives[1]
    histogram = np.empty(625, np.int64)
    for four in range(625):
        total = np.int64(fours[0, four]) + np.int64(fours[1, four])
        for other_row in range(5):
            total += counts[5 * four + other_row] + counts[625 * other_row + four]
        histogram[four] = total
    return histogram


@kernel()
def _smaller(a, b, out):
    for i in range(out.size):
        out[i] = min(a[i], b[i])


@kernel()
def _index_of_five(a, b, c, d, e, index):
    for j in range(index.size):
        index[j] = ((((a[j] * FIVE + b[j]) * FIVE + c[j]) * FIVE) + d[j]) * FIVE + e[j]


@kernel()
def _index_of_four(a, b, c, d, index):
    for j in range(index.size):
        index[j] = ((a[j] * FIVE + b[j]) * FIVE + c[j]) * FIVE + d[j]


@kernel()
def _count(index, counts):
    """Count the values of a row, even and odd columns apart, so that one does not wait for the other."""
    even = index.size // 2 * 2
    for j in range(0, even, 2):
        counts[0, index[j]] += np.uint32(1)
        counts[1, index[j + 1]] += np.uint32(1)
    if even < index.size:
        counts[0, index[even]] += np.uint32(1)


@kernel()
def triples(pixels, rows, columns, limit):
    """Counts of three differences in a row, cut off at `limit`, of pixels `rows` and `columns` apart: int64 [7^3].

    Pixels int16 [h, w]; `rows` is 0, 1 or -1, `columns` 0 or 1.
    """
    levels = _levels(pixels, rows, columns, np.int16(limit))
    height, width = levels.shape[0] - 2 * abs(rows), levels.shape[1] - 2 * columns
    first = 2 if rows < 0 else 0
    counts = np.zeros((2, (2 * limit + 1) ** 3), np.uint32)
    index = np.empty(width, np.uint16)
    for i in range(first, first + height):
        _index_of_three(
            levels[i, :width],
            levels[i + rows, columns : columns + width],
            levels[i + 2 * rows, 2 * columns : 2 * columns + width],
            np.uint16(2 * limit + 1),
            index,
        )
        _count(index, counts)
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
def _cut(pixels, neighbours, limit, levels):
    for j in range(levels.size):
        levels[j] = np.uint16(min(max(pixels[j] - neighbours[j], -limit), limit) + limit)


@kernel()
def _index_of_three(first, second, third, base, index):
    for j in range(index.size):
        index[j] = (first[j] * base + second[j]) * base + third[j]
