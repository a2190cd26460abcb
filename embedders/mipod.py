"""MiPOD: change probabilities that a detector of a Gaussian cover model finds hardest, from Fisher information."""

import numpy as np
from numpy.typing import NDArray

from embedders import _kernels_filters, _kernels_jmipod
from embedders.gaussian import Gaussian
from embedders.interface import Solution
from embedders.spatial import check

#: Least variance of a pixel.
VARIANCE_FLOOR = 0.01
#: DCT coefficients of a 9x9 window that a trend of degree below 9 leaves.
FREE = 36


def _waves() -> NDArray[np.float64]:
    """Orthonormal DCT-II of nine places, [degree, position]; from long doubles: the same bits everywhere."""
    degree, position = np.arange(9, dtype=np.longdouble)[:, None], np.arange(9, dtype=np.longdouble)
    pi = np.longdouble("3.14159265358979323846264338327950288")
    waves = np.cos(pi * degree * (2 * position + 1) / 18) * np.sqrt(np.longdouble(2) / 9)
    waves[0] = np.longdouble(1) / 3
    return waves.astype(np.float64)


WAVES = _waves()


def fisher_information(cover: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Fisher information of a change in every pixel.

    The variance of each pixel is what a Wiener filter and a trend of nine degrees leave of the 9x9 window (eq. 24 to
    26); it is at least 0.01 (eq. 27); I = 1 / variance^2 is averaged over 7x7.

    uint8 [height, width] -> float64 [height, width], positive, at most 1e4.

    Source: V. Sedighi, R. Cogranne, J. Fridrich, "Content-adaptive steganography by minimizing statistical
    detectability", IEEE TIFS 11(2), 2016, doi:10.1109/TIFS.2015.2470220.
    """
    residual = _kernels_jmipod.wiener_residual(check(cover).astype(np.float64))
    energy = _kernels_filters.window_energy(np.pad(residual, 4, mode="symmetric"), WAVES)
    variance = np.maximum(energy / FREE, VARIANCE_FLOOR)
    return _kernels_filters.box(np.pad(1 / (variance * variance), 3, mode="symmetric"), 3) / 49


class Pixels(Gaussian):
    """As `Gaussian`; a pixel at the end of the range takes all its changes the other way."""

    def __init__(self, cover: NDArray[np.uint8]) -> None:
        """Take a checked cover."""
        super().__init__(fisher_information(cover))
        self.cover = cover

    def solve(self, message_bits: float) -> Solution:
        """Find the probabilities that carry a message; entropies are those of three choices everywhere."""
        beta, _, bits, lam = super().solve(message_bits)
        black, white = self.cover == 0, self.cover == 255
        p_p1, p_m1 = np.where(black, 2 * beta, beta), np.where(white, 2 * beta, beta)
        p_p1[white], p_m1[black] = 0, 0
        return Solution(p_p1, p_m1, bits, lam)
