"""The binary syndrome-trellis code: cheapest changes of bits that give a syndrome, and the syndrome of bits.

T. Filler, J. Judas, J. Fridrich, "Minimizing additive distortion in steganography using syndrome-trellis codes", IEEE
TIFS 6(3), 2011, doi:10.1109/TIFS.2011.2134094. The parity-check matrix is banded: bit j of the message owns the block
of elements that ends at (j + 1) n // m. Columns have `height` bits and lie a row lower from one block to the next; rows
beyond the last bit are cut off.
"""

import numpy as np
from numpy.typing import NDArray

from embedders.coding import _kernels_trellis
from embedders.coding.columns import columns

#: Bytes of decisions in memory, those of 512x512 elements at height 10: a longer trellis is computed twice, in spans.
DECISIONS = 1 << 25

Bits = NDArray[np.uint8]


def block_columns(elements: int, length: int, height: int) -> NDArray[np.int64]:
    """Columns of the narrow and of the wide blocks, int64 [2, elements // length + 1]."""
    narrow = elements // length
    table = np.zeros((2, narrow + 1), np.int64)
    table[0, :narrow] = columns(height, narrow)
    table[1] = columns(height, narrow + 1)
    return table


def syndrome(bits: Bits, length: int, height: int) -> Bits:
    """Return the message that bits carry: their syndrome.

    Parameters
    ----------
    bits : numpy.ndarray
        uint8 [n] of 0 and 1.
    length : int
        Bits of the message, 0 to n.
    height : int
        Height of the columns.

    Returns
    -------
    numpy.ndarray
        uint8 [length].
    """
    out = np.zeros(length, np.uint8)
    if length:
        _kernels_trellis.syndrome(bits, block_columns(bits.size, length, height), out)
    return out


def cheapest_changes(
    cost: NDArray[np.float32], target: Bits, height: int, table: NDArray[np.int64] | None = None
) -> Bits | None:
    """Return the changes of least cost that have a syndrome, by the Viterbi algorithm.

    Parameters
    ----------
    cost : numpy.ndarray
        float32 [n], >= 0, `inf` where wet.
    target : numpy.ndarray
        uint8 [m], the syndrome of the changes, m <= n.
    height : int
        Height of the columns, 1 to 12; time grows with n 2^height.

    Returns
    -------
    numpy.ndarray or None
        uint8 [n], 1 where an element changes, never where it is wet; None where no changes have this syndrome.
    """
    changes = np.zeros(cost.size, np.uint8)
    if target.size == 0:
        return changes
    table = block_columns(cost.size, target.size, height) if table is None else table
    size = max(1 << height, 2 * _kernels_trellis.LANES)
    states = np.full(2 * size, np.inf, np.float32)
    states[0] = 0
    row = size // 8
    step = min(cost.size, DECISIONS // row)
    chosen = np.empty(step * row, np.uint8)
    spans = [(begin, min(begin + step, cost.size)) for begin in range(0, cost.size, step)]
    checkpoints = []
    for span in spans:
        checkpoints.append(states[:size].copy())
        if not _kernels_trellis.forward(cost, target, table, *span, states, chosen):
            return None
    state = int(states[:size].argmin())
    for span in reversed(spans):
        checkpoint = checkpoints.pop()
        if span != spans[-1]:  # the decisions of the last span are at hand
            states[:size] = checkpoint
            _kernels_trellis.forward(cost, target, table, *span, states, chosen)
        state = _kernels_trellis.backward(cost, target, table, row, *span, chosen, state, changes)
    return changes
