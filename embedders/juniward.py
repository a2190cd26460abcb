"""J-UNIWARD: relative distortion of the wavelet coefficients of the decompressed cover."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedders import _kernels_dct, _kernels_juniward
from embedders.dct import DCT, check_plane
from embedders.wavelet import DB8_HIGH, DB8_LOW

#: Stabilising constant, in units of a wavelet coefficient of 8-bit pixels.
SIGMA = 2.0**-6

# |response of a filter to the k-th DCT vector|, 8 + 16 - 1 samples. The impact of mode (k, l) is the outer product of
# two of them times its quantization step, so that one pair serves every table.
IMPACT_LOW: NDArray[np.float64] = np.abs([np.correlate(vector, DB8_LOW, "full") for vector in DCT])
IMPACT_HIGH: NDArray[np.float64] = np.abs([np.correlate(vector, DB8_HIGH, "full") for vector in DCT])


def cost(coefficients: ArrayLike, quantization_table: ArrayLike) -> NDArray[np.float64]:
    """Cost of changing a quantized DCT coefficient by one, up or down.

    rho = sum over k, u, v of |W_k(u, v; changed) - W_k(u, v)| / (|W_k(u, v)| + sigma), with W_k the three directional
    Daubechies 8 residuals of the pixels as libjpeg decodes them (equation 3, for one change alone).

    int [height, width], table int [8, 8] -> float64 [height, width], positive and finite; that nothing may leave
    [-1023, 1023] is the caller's to add.

    Source: Holub, Fridrich, Denemark: Universal distortion function for steganography in an arbitrary domain.
    EURASIP Journal on Information Security 2014:1.
    """
    return _cost(coefficients, quantization_table, 0)


def original_cost(coefficients: ArrayLike, quantization_table: ArrayLike) -> NDArray[np.float64]:
    """Cost as the authors' code has it: residuals are read one sample further down and to the right than a change
    reaches (Lorch: Off-by-one implementation error in J-UNIWARD, arXiv 2305.19776); arguments and errors as `cost`.
    """
    return _cost(coefficients, quantization_table, 1)


def _cost(coefficients: ArrayLike, quantization_table: ArrayLike, shift: int) -> NDArray[np.float64]:
    plane, table = check_plane(coefficients, quantization_table)
    weights = _kernels_juniward.relative_weights(_kernels_dct.decode_islow(plane, table), DB8_LOW, DB8_HIGH, SIGMA)
    return _kernels_juniward.juniward_cost(weights, table.astype(np.float64), IMPACT_LOW, IMPACT_HIGH, shift)
