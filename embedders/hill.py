"""HILL: costs from one high-pass filter and two means."""

import numpy as np
from numpy.typing import NDArray

from embedders import _kernels_filters
from embedders.spatial import check

#: Added to the mean of the residual, which may be zero.
STABILISER = 1e-10
#: A pixel whose surroundings have no residual costs 1 / STABILISER up to rounding: it is wet.
WET_FROM = 0.999 / STABILISER


def cost(cover: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Cost of changing each pixel by one.

    rho = mean over 15x15 of 1 / (mean over 3x3 of |K * X| + 1e-10), K = [-1 2 -1; 2 -4 2; -1 2 -1]; the image is
    mirrored with its edge repeated at each of the three filters.

    uint8 [height, width] -> float64 [height, width], without unit; `inf` where nothing around differs from a plane.

    Source: B. Li, M. Wang, J. Huang, X. Li, "A new cost function for spatial image steganography", IEEE ICIP 2014,
    doi:10.1109/ICIP.2014.7025854.
    """
    residual = _kernels_filters.second_difference(_mirrored(check(cover).astype(np.float64), 1))
    smooth = _kernels_filters.box(_mirrored(residual, 1), 1) / 9
    rho = _kernels_filters.box(_mirrored(1 / (smooth + STABILISER), 7), 7) / 225
    rho[rho >= WET_FROM] = np.inf
    return rho


def _mirrored(plane: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    return np.pad(plane, reach, mode="symmetric")
