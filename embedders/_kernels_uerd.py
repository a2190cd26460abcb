"""Compiled loops of UERD."""

import numpy as np

from embedders.kernel import kernel


@kernel()
def block_energies(coefficients, table):
    """Sum of |level| x step over the 63 AC modes of every block: int32 [h, w], float64 [8, 8] -> float64 [h/8, w/8]."""
    height, width = coefficients.shape
    energies = np.zeros((height // 8, width // 8))
    for y in range(height):
        energy, steps = energies[y // 8], table[y % 8]
        for block in range(width // 8):
            total = 0.0
            for j in range(1 if y % 8 == 0 else 0, 8):
                total += abs(coefficients[y, 8 * block + j]) * steps[j]
            energy[block] += total
    return energies


@kernel()
def uerd_cost(energies, steps):
    """Spread step / energy over the plane: float64 [rows, columns], [8, 8] -> float64 [8 rows, 8 columns].

    The DC's step is replaced. A cost is inf where a block and all its neighbours are empty.
    """
    rows, columns = energies.shape
    rho = np.empty((8 * rows, 8 * columns))
    for a in range(rows):
        up, down = max(a - 1, 0), min(a + 1, rows - 1)
        for b in range(columns):
            left, right = max(b - 1, 0), min(b + 1, columns - 1)
            around = energies[up, left] + energies[up, b] + energies[up, right] + energies[a, left]
            around += energies[a, right] + energies[down, left] + energies[down, b] + energies[down, right]
            divisor = energies[a, b] + 0.25 * around
            for i in range(8):
                for j in range(8):
                    rho[8 * a + i, 8 * b + j] = steps[i, j] / divisor if divisor > 0.0 else np.inf
    return rho
