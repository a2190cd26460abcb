"""Columns of the parity-check matrices: for each height and width the best of many random draws, by our own search."""

import numpy as np
from numpy.typing import NDArray

#: Height -> the best of 400 seeds for widths 2 to 20, as `python -m benchmarks.coding search` prints them.
SEEDS = {
    7: (334, 252, 18, 63, 319, 133, 258, 394, 335, 208, 127, 309, 274, 324, 243, 131, 12, 192, 332),
    8: (251, 226, 373, 72, 31, 113, 98, 150, 175, 318, 67, 217, 273, 85, 29, 281, 303, 150, 20),
    9: (257, 182, 291, 68, 392, 280, 399, 362, 368, 311, 134, 366, 211, 69, 382, 358, 53, 114, 301),
    10: (92, 262, 45, 232, 282, 216, 105, 23, 311, 72, 90, 124, 207, 5, 155, 139, 187, 228, 240),
    11: (213, 120, 28, 235, 145, 25, 243, 393, 45, 37, 269, 356, 55, 7, 196, 40, 211, 95, 221),
    12: (186, 94, 118, 130, 119, 270, 182, 22, 323, 163, 74, 31, 256, 196, 168, 195, 69, 229, 167),
}

IntArray = NDArray[np.int64]


def permutation(size: int, key: int, attempt: int = 0) -> IntArray:
    """Return a permutation of range(size), int64 [size], that a key and a number of attempts determine.

    It sorts numbers of the bit generator, whose stream NumPy promises to keep, unlike those of `permutation` of its
    generators; the low bits of each number hold its index, so none are equal.

    Examples
    --------
    >>> permutation(5, 1).tolist()
    [4, 1, 3, 2, 0]
    """
    seed = np.random.SeedSequence(key, spawn_key=(attempt,))
    index_bits = np.uint64(max(1, size - 1).bit_length())
    numbers = np.random.PCG64(seed).random_raw(size)
    numbers = numbers >> index_bits << index_bits | np.arange(size, dtype=np.uint64)
    numbers.sort()
    return (numbers & (np.uint64(1) << index_bits) - np.uint64(1)).astype(np.int64)


def random_columns(height: int, width: int, seed: int) -> IntArray:
    """Draw columns, int64 [width], first and last bit 1, distinct as long as there are any left."""
    inner = permutation(1 << max(0, height - 2), seed, width)
    return np.resize(inner, width) << 1 | 1 | 1 << height - 1


def columns(height: int, width: int) -> IntArray:
    """Return the columns of a block of elements, int64 [width], of `height` bits each.

    Where the table has no entry (heights below 7, widths beyond it), the first draw is taken.
    """
    seeds = SEEDS.get(height, ())
    return random_columns(height, width, seeds[width - 2] if 0 <= width - 2 < len(seeds) else 0)
