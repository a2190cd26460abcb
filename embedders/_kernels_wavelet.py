"""Compiled loops of S-UNIWARD and WOW."""

import numpy as np

from embedders.kernel import kernel

TAPS = 16


@kernel()
def correlate_line(line, taps, out):
    """Correlate a line with 16 taps, only where they fit: `out` is shorter by 15."""
    for j in range(out.size):
        total = 0.0
        for t in range(TAPS):
            total += taps[t] * line[j + t]
        out[j] = total


@kernel()
def correlate_ring(ring, first, taps, out):
    """Correlate the columns of 16 rows with 16 taps; the rows lie in a ring that begins with row `first`."""
    for j in range(out.size):
        total = 0.0
        for t in range(TAPS):
            total += taps[t] * ring[(first + t) % TAPS, j]
        out[j] = total


@kernel()
def wavelet_cost(padded, low, high, relative, constant, wet_from):
    """Costs of S-UNIWARD (`relative`, `constant` sigma) or WOW (`constant` floor) of a cover padded by 15 on each side.

    Rows stream through two rings, so that no plane between cover and costs is ever in memory: 16 rows filtered
    horizontally give one row of the residuals low x high, high x low, high x high (vertical x horizontal), 16 rows of
    these give one row of costs. From `wet_from` on a cost is infinite.
    """
    height, width = padded.shape[0] - 2 * (TAPS - 1), padded.shape[1] - 2 * (TAPS - 1)
    flipped_low, flipped_high = low[::-1].copy(), high[::-1].copy()
    abs_low, abs_high = np.abs(low), np.abs(high)
    low_rows = np.empty((TAPS, width + TAPS - 1))
    high_rows = np.empty((TAPS, width + TAPS - 1))
    directions = np.empty((3, TAPS, width + TAPS - 1))
    column = np.empty(width + TAPS - 1)
    suitability = np.empty((3, width))
    out = np.empty((height, width))
    for i in range(padded.shape[0]):
        correlate_line(padded[i], flipped_low, low_rows[i % TAPS])
        correlate_line(padded[i], flipped_high, high_rows[i % TAPS])
        if i < TAPS - 1:
            continue
        row = i - (TAPS - 1)
        correlate_ring(high_rows, i + 1, flipped_low, directions[0, row % TAPS])
        correlate_ring(low_rows, i + 1, flipped_high, directions[1, row % TAPS])
        correlate_ring(high_rows, i + 1, flipped_high, directions[2, row % TAPS])
        for k in range(3):
            line = directions[k, row % TAPS]
            for j in range(line.size):
                line[j] = 1.0 / (abs(line[j]) + constant) if relative else abs(line[j])
        if row < TAPS - 1:
            continue
        for k in range(3):
            correlate_ring(directions[k], row + 1, abs_low if k == 0 else abs_high, column)
            correlate_line(column, abs_low if k == 1 else abs_high, suitability[k])
        line = out[row - (TAPS - 1)]
        for j in range(width):
            if relative:
                rho = suitability[0, j] + suitability[1, j] + suitability[2, j]
            else:
                rho = 0.0
                for k in range(3):
                    rho += 1.0 / max(suitability[k, j], constant)
            line[j] = rho if rho < wet_from else np.inf
    return out
