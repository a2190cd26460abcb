"""UERD: costs from the energy of a block and its neighbours."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedders import _kernels_uerd
from embedders.dct import check_plane


def cost(coefficients: ArrayLike, quantization_table: ArrayLike) -> NDArray[np.float64]:
    """Cost of changing a quantized DCT coefficient by one, up or down.

    rho = q / (D + sum of the 8 neighbours' D / 4), with q the mode's quantization step (for DC the mean of the two
    lowest AC steps) and D the sum of |level| x step over a block's AC coefficients. Blocks at the edge are
    replicated.

    int [height, width], table int [8, 8] -> float64 [height, width]; `inf` (wet) where a block and its neighbours have
    no AC energy; that nothing may leave [-1023, 1023] is the caller's to add.

    Source: Guo, Ni, Su, Tang, Shi: Using statistical image model for JPEG steganography: uniform embedding revisited.
    IEEE Transactions on Information Forensics and Security 10(12), 2015.
    """
    plane, table = check_plane(coefficients, quantization_table)
    steps = table.astype(np.float64)
    energies = _kernels_uerd.block_energies(plane, steps)
    steps[0, 0] = (steps[0, 1] + steps[1, 0]) / 2
    return _kernels_uerd.uerd_cost(energies, steps)
