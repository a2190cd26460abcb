"""WOW: wavelet obtained weights."""

import numpy as np
from numpy.typing import NDArray

from embedders import _kernels_wavelet
from embedders.spatial import pad
from embedders.wavelet import DB8_HIGH, DB8_LOW

#: The suitability below which the authors' code takes float64 epsilon.
FLOOR = float(np.finfo(np.float64).eps)
#: The authors' "wet cost": from here on a pixel is not changed.
WET_FROM = 1e10


def cost(cover: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Cost of changing each pixel by one.

    xi_k = |R_k| correlated with |F_k|, rho = sum_k 1 / xi_k: eq. 5 with p = -1.

    uint8 [height, width] -> float64 [height, width], without unit; positive, `inf` in flat regions, where the authors'
    code caps at 1e10.

    Source: V. Holub, J. Fridrich, "Designing steganographic distortion using directional filters", IEEE WIFS 2012, eq.
    4, 5.
    """
    return _kernels_wavelet.wavelet_cost(pad(cover), DB8_LOW, DB8_HIGH, False, FLOOR, WET_FROM)
