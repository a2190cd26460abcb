"""LSB matching: every pixel costs the same. At the ternary bound, and as it was first done, a bit a pixel."""

import math

import numpy as np
from numpy.typing import NDArray

from embedders.interface import EmbedderError, Solution
from embedders.simulate import Simulator


def cost(cover: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Cost of changing each pixel by one: 1, so that change rate c meets H2(c) + c = payload.

    uint8 [height, width] -> float64 [height, width].

    Source: A. Ker, "Steganalysis of LSB matching in grayscale images", IEEE Signal Processing Letters 12(6), 2005,
    doi:10.1109/LSP.2005.847889; the bound: F. Willems, M. van Dijk, "Capacity and codes for embedding information in
    gray-scale signals", IEEE T-IT 51(3), 2005, doi:10.1109/TIT.2004.842707.
    """
    return np.ones(cover.shape)


class Binary(Simulator):
    """Without a code: a random share of pixels carries a bit each, half of them are changed, up or down at random."""

    def __init__(self, cover: NDArray[np.uint8]) -> None:
        """Take a checked cover."""
        self.cover = cover
        self.capacity = float(cover.size)

    def solve(self, message_bits: float) -> Solution:
        """Give the probabilities; lambda is that of a change at unit cost."""
        if message_bits > self.capacity:
            raise EmbedderError(
                f"message of {message_bits:.0f} bits is above the capacity of {self.capacity:.0f} bits: lower the "
                "payload or leave this cover out"
            )
        rate = message_bits / self.capacity / 2
        p_p1 = np.select([self.cover == 0, self.cover == 255], [rate, 0.0], rate / 2)
        return Solution(p_p1, rate - p_p1, float(message_bits), math.log((1 - rate) / rate))
