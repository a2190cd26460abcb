"""UED-JC: uniform embedding, joint coefficients."""

import numpy as np
from numpy.typing import NDArray

from embedders import _kernels_ued
from embedders.jpeg import LIMIT, check

#: Added to the magnitudes of neighbours in the plane, and in the blocks around.
NEAR, FAR = 1.3, 1.0


def costs(
    coefficients: NDArray[np.signedinteger], quantization_table: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Costs of changing each quantized coefficient by +1 and by -1.

    rho = sum of 1 / (|c| + |n| + 1.3) over the four neighbours n in the plane, and of 1 / (|c| + |n| + 1) over those of
    the same mode in the four blocks around. DC and zeros are wet, and no coefficient becomes zero.

    int [height, width], table int [8, 8] -> two float64 [height, width], without unit; `inf` where wet.

    Source: L. Guo, J. Ni, Y.-Q. Shi, "Uniform embedding for efficient JPEG steganography", IEEE TIFS 9(5), 2014,
    doi:10.1109/TIFS.2014.2312817.
    """
    plane = check(coefficients, quantization_table)
    rho = _kernels_ued.cost(plane, NEAR, FAR)
    rho[::8, ::8] = np.inf
    up = np.where((plane == -1) | (plane >= LIMIT), np.inf, rho)
    return up, np.where((plane == 1) | (plane <= -LIMIT), np.inf, rho)
