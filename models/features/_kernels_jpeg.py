"""Compiled loops of the features that are taken from JPEG coefficients.

A kernel gets checked arrays only, and calls kernels of this file only, so that Numba's cache sees what changed. Sums
run along a row beside one another: their order, and with it the last bits, never depends on the processor.
"""

import numpy as np

from embedders.kernel import kernel

#: Added to DCTR's magnitudes before they are cut off: whole multiples and a half are common there, and rounding errors
#: must not split them.
TIE = 0.5 + 5.01e-6
#: A packed counter is a whole float64 of four fields of 13 bits, for levels 0 to 3: one addition counts any of them.
FIELD = 8192
ROWS = (FIELD - 1) // 2
#: Columns that are worked on at a time: so many fit into the first cache.
STRIP = 128


@kernel()
def decompress(coefficients, table, basis):
    """Dequantise, and invert the DCT of each block, along rows and then down columns."""
    height, width = coefficients.shape
    half, pixels = np.zeros((height, width)), np.zeros((height, width))
    for i in range(height):
        for left in range(0, width, 8):
            for k in range(8):
                value = coefficients[i, left + k] * table[i & 7, k]
                if value != 0:
                    for n in range(8):
                        half[i, left + n] += value * basis[k, n]
    for top in range(0, height, 8):
        for k in range(8):
            source = half[top + k]
            for m in range(8):
                target, weight = pixels[top + m], basis[k, m]
                for j in range(width):
                    target[j] += weight * source[j]
    return pixels


@kernel(error_model="numpy")
def dctr(pixels, basis, step):
    """Levels of the responses to 64 DCT functions: int64 [8 frequencies down, 8 across, 8, 8 phases, 5 levels]."""
    height, width = pixels.shape[0] - 7, pixels.shape[1] - 7
    counts = np.zeros((8, 8, 8, 8, 5), np.int64)
    along = np.empty((height + 7, width))
    packed = np.zeros((8, width))
    folded = np.empty((12, width))
    waves = basis / step
    for m in range(8):
        _along_rows(pixels, basis[m], along)
        for phase in range(min(8, height)):
            rows = 0
            for i in range(phase, height, 8):
                _butterfly(along[i : i + 8], waves, packed, folded)
                rows += 1
                if rows == ROWS or i + 8 >= height:
                    for k in range(8):
                        _flush(packed[k], 0, rows, counts[k, m, phase])
                    rows = 0
    return counts


@kernel()
def _along_rows(pixels, wave, out):
    even = 1.0 if wave[0] * wave[7] > 0 else -1.0
    a, b, c, d = wave[0], wave[1], wave[2], wave[3]
    for i in range(out.shape[0]):
        row, target = pixels[i], out[i]
        for j in range(out.shape[1]):
            target[j] = (a * (row[j] + even * row[j + 7]) + b * (row[j + 1] + even * row[j + 6])) + (
                c * (row[j + 2] + even * row[j + 5]) + d * (row[j + 3] + even * row[j + 4])
            )


@kernel()
def _butterfly(rows, waves, packed, folded):
    """Count eight frequencies down eight rows: even ones from sums of mirrored rows, odd from differences.

    One short loop after another: compilers give up on vectors where a loop writes many arrays.
    """
    for m in range(4):
        _fold(rows[m], rows[7 - m], folded[m], folded[4 + m])
    for m in range(2):
        _fold(folded[m], folded[3 - m], folded[8 + m], folded[10 + m])
    for k in (0, 4):
        _count_two(folded[8], folded[9], waves[k], packed[k])
    for k in (2, 6):
        _count_two(folded[10], folded[11], waves[k], packed[k])
    for k in (1, 3, 5, 7):
        _count_four(folded[4], folded[5], folded[6], folded[7], waves[k], packed[k])


@kernel()
def _fold(a, b, plus, minus):
    for j in range(a.size):
        plus[j] = a[j] + b[j]
        minus[j] = a[j] - b[j]


@kernel()
def _count_two(a, b, wave, packed):
    u, v = wave[0], wave[1]
    for j in range(packed.size):
        packed[j] += _unit(u * a[j] + v * b[j])


@kernel()
def _count_four(a, b, c, d, wave, packed):
    u, v, w, x = wave[0], wave[1], wave[2], wave[3]
    for j in range(packed.size):
        packed[j] += _unit((u * a[j] + v * b[j]) + (w * c[j] + x * d[j]))


@kernel()
def _unit(response):
    """One in the field of the level of a response; nothing where it has the last level, whose number follows."""
    magnitude = abs(response) + TIE
    above = 67108864.0 if magnitude < 3.0 else (549755813888.0 if magnitude < 4.0 else 0.0)
    return 1.0 if magnitude < 1.0 else (8192.0 if magnitude < 2.0 else above)


@kernel()
def _flush(packed, first, responses, counts):
    """Unpack counters of columns, from the `first` on, into counts by phase of the column, [8, 5], and clear them."""
    for j in range(packed.size):
        value = np.int64(packed[j])
        last = responses
        for level in range(4):
            count = value & (FIELD - 1)
            value >>= 13
            counts[(first + j) & 7, level] += count
            last -= count
        counts[(first + j) & 7, 4] += last
        packed[j] = 0.0


@kernel()
def gfr(pixels, weights, alone):
    """Levels of the responses to filters and their mirror images: int64 [filters, 8, 8 phases, 5 levels].

    Parameters: float64 [h, w]; weights float64 [filters, 2, 16], of the parts that a mirror image keeps and turns, over
    windows folded twice; alone bool [filters], of filters that are their own mirror image.
    """
    height, width = pixels.shape[0] - 7, pixels.shape[1] - 7
    counts = np.zeros((weights.shape[0], 8, 8, 5), np.int64)
    packed = np.zeros((weights.shape[0], STRIP))
    plus, minus = np.empty((4, STRIP + 7)), np.empty((4, STRIP + 7))
    folded = np.empty((4, 16 * STRIP))
    for first in range(0, width, STRIP):
        columns = min(STRIP, width - first)
        for phase in range(min(8, height)):
            rows = 0
            for i in range(phase, height, 8):
                for m in range(4):
                    _fold(
                        pixels[i + m, first : first + columns + 7],
                        pixels[i + 7 - m, first : first + columns + 7],
                        plus[m],
                        minus[m],
                    )
                for part in range(4):
                    _fold_columns(plus if part < 2 else minus, 1.0 if part % 2 == 0 else -1.0, columns, folded[part])
                for number in range(weights.shape[0]):
                    # folded: 0 even by even, 1 even by odd, 2 odd by even, 3 odd by odd
                    kept, turned = (0, 3) if number % 2 == 0 else (2, 1)
                    if alone[number]:
                        _respond_alone(folded[kept], folded[turned], weights[number], columns, packed[number])
                    else:
                        _respond(folded[kept], folded[turned], weights[number], columns, packed[number])
                rows += 1
                if rows == ROWS or i + 8 >= height:
                    for number in range(weights.shape[0]):
                        responses = rows if alone[number] else 2 * rows
                        _flush(packed[number, :columns], first, responses, counts[number, phase])
                    rows = 0
    return counts


@kernel()
def _fold_columns(rows, sign, columns, folded):
    for m in range(4):
        for n in range(4):
            row, target = rows[m], folded[(4 * m + n) * STRIP : (4 * m + n + 1) * STRIP]
            for j in range(columns):
                target[j] = row[j + n] + sign * row[j + 7 - n]


@kernel()
def _respond(kept, turned, weights, columns, packed):
    k, t = weights[0], weights[1]
    for j in range(columns):
        a = _four(kept, k, 0, j)
        b = _four(turned, t, 0, j)
        for first in (4, 8, 12):
            a += _four(kept, k, first, j)
            b += _four(turned, t, first, j)
        packed[j] += _unit(a + b) + _unit(a - b)


@kernel()
def _four(values, weights, first, j):
    """Part of a response: four of the sixteen weights of a folded window."""
    at = first * STRIP + j
    upper = weights[first] * values[at] + weights[first + 1] * values[at + STRIP]
    lower = weights[first + 2] * values[at + 2 * STRIP] + weights[first + 3] * values[at + 3 * STRIP]
    return upper + lower


@kernel()
def _respond_alone(kept, turned, weights, columns, packed):
    """As `_respond`, of one of both parts, since the other is zero, and once."""
    values, k = (kept, weights[0]) if np.abs(weights[0]).sum() > np.abs(weights[1]).sum() else (turned, weights[1])
    for j in range(columns):
        total = 0.0
        for m in range(16):
            total += k[m] * values[m * STRIP + j]
        packed[j] += _unit(total)
