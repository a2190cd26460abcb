"""Compiled loops of UED."""

import numpy as np

from embedders.kernel import kernel


@kernel()
def cost(plane, near, far):
    """Cost of each coefficient that is not zero: int [h, w] -> float64 [h, w], `inf` where it is zero.

    Neighbours beyond the edge have no term, and those across a block's border have one as any other.
    """
    height, width = plane.shape
    rho = np.full((height, width), np.inf)
    for i in range(height):
        for j in range(width):
            magnitude = abs(np.int64(plane[i, j]))
            if magnitude == 0:
                continue
            total = 0.0
            for step, constant in ((1, near), (8, far)):
                if i + step < height:
                    total += 1.0 / (magnitude + abs(np.int64(plane[i + step, j])) + constant)
                if i - step >= 0:
                    total += 1.0 / (magnitude + abs(np.int64(plane[i - step, j])) + constant)
                if j + step < width:
                    total += 1.0 / (magnitude + abs(np.int64(plane[i, j + step])) + constant)
                if j - step >= 0:
                    total += 1.0 / (magnitude + abs(np.int64(plane[i, j - step])) + constant)
            rho[i, j] = total
    return rho
