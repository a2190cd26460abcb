"""EBS: costs from the entropy of a block; changes are binary, up or down at random."""

import numpy as np
from numpy.typing import NDArray

from embedders import _kernels_ebs
from embedders.interface import Solution
from embedders.jpeg import LIMIT, check
from embedders.simulate import Simulator, Ternary

#: Added to every cost.
FLOOR = 1e-4
#: Modes that are never changed.
WET = ((0, 0), (0, 4), (4, 0), (4, 4))
_LOGS = np.append(-np.inf, np.log(np.arange(1, 64, dtype=np.longdouble)).astype(np.float64))


def cost(coefficients: NDArray[np.signedinteger], quantization_table: NDArray[np.integer]) -> NDArray[np.float64]:
    """Cost of changing each quantized coefficient by one.

    rho = q^2 / H^2 + 1e-4, with the quantization step q and the entropy H of the values of the block's AC coefficients
    that are not zero. Blocks with one such value or none are wet, and so are four modes and the ends of the range.

    int [height, width], table int [8, 8] -> float64 [height, width], steps^2 per nat^2; `inf` where wet.

    Source: C. Wang, J. Ni, "An efficient JPEG steganographic scheme based on the block entropy of DCT coefficients",
    IEEE ICASSP 2012, doi:10.1109/ICASSP.2012.6288246.
    """
    plane = check(coefficients, quantization_table)
    entropy = _kernels_ebs.block_entropies(plane, _LOGS)
    steps = np.asarray(quantization_table, np.float64)
    with np.errstate(divide="ignore"):
        rho = (steps**2)[None, :, None, :] / (entropy**2)[:, None, :, None] + FLOOR
    for row, column in WET:
        rho[:, row, :, column] = np.inf
    rho = rho.reshape(plane.shape)
    rho[np.abs(plane) >= LIMIT] = np.inf
    return rho


def costs(
    coefficients: NDArray[np.signedinteger], quantization_table: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Costs of +1 and of -1, which are the same."""
    rho = cost(coefficients, quantization_table)
    return rho, rho


class Binary(Simulator):
    """A change or none, p = exp(-lambda rho) / (1 + exp(-lambda rho)); its sign carries nothing and is drawn."""

    def __init__(self, coefficients: NDArray[np.signedinteger], quantization_table: NDArray[np.integer]) -> None:
        """Take a checked plane."""
        rho = cost(coefficients, quantization_table)
        # one change of finite cost is what two choices are
        self._one_sided = Ternary(rho, np.full(rho.shape, np.inf))
        self.capacity = self._one_sided.capacity

    def solve(self, message_bits: float) -> Solution:
        """Find the probabilities that carry a message."""
        changed, _, bits, lam = self._one_sided.solve(message_bits)
        return Solution(changed / 2, changed / 2, bits, lam)
