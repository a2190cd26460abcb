"""J-MiPOD: change probabilities that a detector of a Gaussian cover model finds hardest, from Fisher information."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedders import _kernels_dct, _kernels_jmipod
from embedders.dct import DCT, check_plane, decode_float
from embedders.gaussian import Gaussian
from embedders.jpeg import LIMIT

#: Least variance of a quantized DCT coefficient.
VARIANCE_FLOOR = 1e-5


def fisher_information(coefficients: ArrayLike, quantization_table: ArrayLike) -> NDArray[np.float64]:
    """Fisher information of a change in every quantized DCT coefficient.

    The variance of each pixel is what a Wiener filter and a quadratic trend of the 3x3 window leave of it; it is
    carried over to the DCT coefficients of its block, and I = 1 / variance^2 is summed, weighted 1 3 1 / 3 4 3 /
    1 3 1, over the same mode of the blocks around.

    int [height, width], table int [8, 8] -> float64 [height, width], positive and finite.

    Source: Cogranne, Giboulot, Bas: Steganography by minimizing statistical detectability: the cases of JPEG and color
    images. IH&MMSec 2020.
    """
    table = check_plane(coefficients, quantization_table)[1]
    residual = _kernels_jmipod.wiener_residual(decode_float(coefficients, quantization_table))
    squared = np.ascontiguousarray((DCT**2).T)
    variances = _kernels_dct.transform_blocks(_kernels_jmipod.pixel_variances(residual), squared, squared)
    return _kernels_jmipod.pool_information(variances, table.astype(np.float64), VARIANCE_FLOOR)


def wet_information(coefficients: NDArray[np.signedinteger], quantization_table: ArrayLike) -> NDArray[np.float64]:
    """Fisher information, inf for coefficients at the limit, which do not change."""
    fisher = fisher_information(coefficients, quantization_table)
    fisher[np.abs(coefficients) >= LIMIT] = np.inf
    return fisher


def simulator(coefficients: NDArray[np.signedinteger], quantization_table: ArrayLike) -> Gaussian:
    """Return the simulator of a checked plane."""
    return Gaussian(wet_information(coefficients, quantization_table))
