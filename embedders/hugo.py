"""HUGO with the bounding distortion: costs from co-occurrences of three differences, another one for +1 than for -1."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from embedders import _kernels_hugo
from embedders.spatial import check

#: w = (SIGMA + length of a triple of differences)^-GAMMA.
SIGMA, GAMMA = 1.0, 1.0
#: Largest sum of squares of three differences, one of which moved by one.
LARGEST = 3 * 256**2


def costs(cover: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Costs of changing each pixel by +1 and by -1.

    rho(s) = sum of w(d) + w(d') over the 16 triples d of differences (horizontal, vertical, both diagonals) that the
    change turns into d', w(d) = 1 / (1 + |d|): the bound of HUGO's distortion that is additive.

    uint8 [height, width] -> two float64 [height, width], without unit, up to 23.4; `inf` where the pixel would leave
    0..255.

    Source: T. Pevny, T. Filler, P. Bas, "Using high-dimensional image models to perform highly undetectable
    steganography", IH 2010, LNCS 6387, doi:10.1007/978-3-642-16435-4_13; the bound: T. Filler, J. Fridrich, "Gibbs
    construction in steganography", IEEE TIFS 5(4), 2010, doi:10.1109/TIFS.2010.2077629.
    """
    padded = np.pad(check(cover).astype(np.int32), 3, mode="symmetric")
    rho_p1, rho_m1 = _kernels_hugo.bounding_costs(padded, _weights())
    return np.where(cover == 255, np.inf, rho_p1), np.where(cover == 0, np.inf, rho_m1)


@cache
def _weights() -> NDArray[np.float64]:
    """w by the sum of squares: the same doubles as a root in the loop would give."""
    return 1 / (SIGMA + np.sqrt(np.arange(LARGEST + 1))) ** GAMMA
