"""nsF5: decrement the magnitude of randomly chosen non-zero AC coefficients."""

import math

import numpy as np
from numpy.typing import NDArray

from embedders.interface import EmbedderError, Solution
from embedders.simulate import Simulator


class NonShrinking(Simulator):
    """The number of changes that the bound needs, exactly; wet paper codes bear with coefficients that become zero.

    Source: J. Fridrich, T. Pevny, J. Kodovsky, "Statistically undetectable JPEG steganography: dead ends, challenges,
    and opportunities", MM&Sec 2007, doi:10.1145/1288869.1288872.
    """

    def __init__(self, coefficients: NDArray[np.signedinteger], quantization_table: NDArray[np.integer]) -> None:
        """Take a checked plane."""
        self.sign = np.sign(coefficients).astype(np.int8)
        self.sign[::8, ::8] = 0
        self.changeable = int(np.count_nonzero(self.sign))
        self.capacity = float(self.changeable)

    def solve(self, message_bits: float) -> Solution:
        """Give each changeable coefficient the same probability: the number of changes over theirs."""
        if message_bits > self.capacity:
            raise EmbedderError(
                f"message of {message_bits:.0f} bits is above the capacity of {self.changeable} bits, one for each "
                "non-zero AC coefficient: lower the payload or leave this cover out"
            )
        rate = self._changes(message_bits) / self.changeable
        bits = self.changeable * binary_entropy(rate)
        lam = math.log((1 - rate) / rate) if rate < 0.5 else 0.0
        return Solution(np.where(self.sign < 0, rate, 0.0), np.where(self.sign > 0, rate, 0.0), bits, lam)

    def draw(self, solution: Solution, generator: np.random.Generator) -> NDArray[np.int8]:
        """Change exactly as many coefficients as are expected, chosen at random."""
        number = round(float(solution.p_p1.sum() + solution.p_m1.sum()))
        positions = np.flatnonzero(self.sign)
        chosen = positions[generator.choice(len(positions), number, replace=False, shuffle=False)]
        changes = np.zeros(self.sign.shape, np.int8)
        changes.flat[chosen] = -self.sign.flat[chosen]
        return changes

    def _changes(self, message_bits: float) -> int:
        """Least number of changes whose bound carries the message."""
        low, high = 0, -(-self.changeable // 2)
        while low < high:
            middle = (low + high) // 2
            if self.changeable * binary_entropy(middle / self.changeable) >= message_bits:
                high = middle
            else:
                low = middle + 1
        return low


def binary_entropy(rate: float) -> float:
    """H2 in bits; 1 beyond one half, where no more can be carried."""
    if not 0 < rate < 0.5:
        return float(rate >= 0.5)
    return -(rate * math.log2(rate) + (1 - rate) * math.log2(1 - rate))
