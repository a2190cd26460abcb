"""Compiled loops of 8x8 block transforms: libjpeg's integer inverse DCT, and any separable one."""

import numpy as np

from embedders.kernel import kernel


@kernel()
def wrap16(value):
    """Keep the low 16 bits, as the vector registers of libjpeg-turbo do."""
    return ((value + 32768) & 65535) - 32768


@kernel()
def islow_1d(x0, x1, x2, x3, x4, x5, x6, x7):
    """Eight-point inverse DCT of Loeffler, Ligtenberg and Moschytz (1989, figure 1), constants times 2^13, unscaled."""
    rotated = (x2 + x6) * 4433
    even2 = rotated - x6 * 15137
    even3 = rotated + x2 * 6270
    even0 = wrap16(x0 + x4) << 13
    even1 = wrap16(x0 - x4) << 13

    sum73 = wrap16(x7 + x3)
    sum51 = wrap16(x5 + x1)
    both = (sum73 + sum51) * 9633
    sum73 = both - sum73 * 16069
    sum51 = both - sum51 * 3196
    sum71 = (x7 + x1) * 7373
    sum53 = (x5 + x3) * 20995
    odd0 = x1 * 12299 - sum71 + sum51
    odd1 = x3 * 25172 - sum53 + sum73
    odd2 = x5 * 16819 - sum53 + sum51
    odd3 = x7 * 2446 - sum71 + sum73

    first, second, third, fourth = even0 + even3, even1 + even2, even1 - even2, even0 - even3
    return (
        first + odd0,
        second + odd1,
        third + odd2,
        fourth + odd3,
        fourth - odd3,
        third - odd2,
        second - odd1,
        first - odd0,
    )


@kernel()
def islow_columns(coefficients, table, row, column, work):
    """Dequantize the block at (row, column) and transform its columns into `work`, int64 [8, 8], scaled by 4."""
    flat = True
    for i in range(8):
        for j in range(8):
            level = coefficients[row + i, column + j]
            if i > 0 and level != 0:
                flat = False
            work[i, j] = wrap16(level * table[i, j])
    for j in range(8):
        if flat:
            value = wrap16(work[0, j] << 2)
            for i in range(8):
                work[i, j] = value
            continue
        outputs = islow_1d(
            work[0, j], work[1, j], work[2, j], work[3, j], work[4, j], work[5, j], work[6, j], work[7, j]
        )
        for i in range(8):
            work[i, j] = min(max((outputs[i] + 1024) >> 11, -32768), 32767)


@kernel()
def decode_islow(coefficients, table):
    """Pixels of a plane as libjpeg-turbo decodes them: int32 [height, width], int64 [8, 8] -> uint8 [height, width]."""
    height, width = coefficients.shape
    pixels = np.empty((height, width), np.uint8)
    work = np.empty((8, 8), np.int64)
    for row in range(0, height, 8):
        for column in range(0, width, 8):
            islow_columns(coefficients, table, row, column, work)
            for i in range(8):
                outputs = islow_1d(
                    work[i, 0], work[i, 1], work[i, 2], work[i, 3], work[i, 4], work[i, 5], work[i, 6], work[i, 7]
                )
                for j in range(8):
                    pixels[row + i, column + j] = min(max(((outputs[j] + 131072) >> 18) + 128, 0), 255)
    return pixels


@kernel()
def transform_blocks(plane, columns, rows):
    """Multiply every 8x8 block B of a float64 plane: columns.T @ B @ rows, both float64 [8, 8]."""
    height, width = plane.shape
    half = np.zeros((8, width))
    out = np.zeros((height, width))
    for top in range(0, height, 8):
        half[:] = 0.0
        for i in range(8):
            target = half[i]
            for k in range(8):
                weight, source = columns[k, i], plane[top + k]
                for x in range(width):
                    target[x] += weight * source[x]
        for i in range(8):
            for left in range(0, width, 8):
                target = out[top + i, left : left + 8]
                for k in range(8):
                    value, weights = half[i, left + k], rows[k]
                    for j in range(8):
                        target[j] += value * weights[j]
    return out
