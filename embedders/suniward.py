"""S-UNIWARD: the spatial universal wavelet relative distortion."""

import numpy as np
from numpy.typing import NDArray

from embedders import _kernels_wavelet
from embedders.spatial import pad
from embedders.wavelet import DB8_HIGH, DB8_LOW

#: Stabilising constant of eq. 6; the authors' code settled on 1.
SIGMA = 1.0


def cost(cover: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Cost of changing each pixel by one.

    rho = sum_k (1 / (sigma + |R_k|)) correlated with |F_k|, where R_k is the cover's residual in direction k.

    uint8 [height, width] -> float64 [height, width], without unit; positive and finite.

    Source: V. Holub, J. Fridrich, T. Denemark, "Universal distortion function for steganography in an arbitrary
    domain", EURASIP Journal on Information Security 2014:1, eq. 3 to 6.
    """
    return _kernels_wavelet.wavelet_cost(pad(cover), DB8_LOW, DB8_HIGH, True, SIGMA, np.inf)
