"""Every compiled loop of the spatial domain and of the simulator.

A kernel gets checked, C-contiguous arrays only; checks and messages live in the Python function above it. A kernel
calls kernels of this file only: Numba's cache does not notice a change in another one.
"""

import math

import numpy as np
from numba import njit

TAPS = 16
#: 1 + x_p1 + x_m1 is at most 3: this many factors stay far below the largest float64.
FACTORS = 64


@njit(cache=True, nogil=True)
def correlate_line(line, taps, out):
    """Correlate a line with 16 taps, only where they fit: `out` is shorter by 15."""
    for j in range(out.size):
        total = 0.0
        for t in range(TAPS):
            total += taps[t] * line[j + t]
        out[j] = total


@njit(cache=True, nogil=True)
def correlate_ring(ring, first, taps, out):
    """Correlate the columns of 16 rows with 16 taps; the rows lie in a ring that begins with row `first`."""
    for j in range(out.size):
        total = 0.0
        for t in range(TAPS):
            total += taps[t] * ring[(first + t) % TAPS, j]
        out[j] = total


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def entropy_and_slope(rho_p1, rho_m1, lam, stride):
    """Entropy of all changes in nats and its derivative by ln(lambda), over every `stride`-th element (1-D costs).

    H = sum ln(1 + x_p1 + x_m1) + mean t,  dH / d ln(lambda) = - sum variance of t,  with t = lambda rho, x = exp(-t).
    The logarithm is taken of a product of many factors at once: it would cost more than all the rest.
    """
    entropy = 0.0
    variance = 0.0
    product = 1.0
    factors = 0
    for i in range(0, rho_p1.size, stride):
        t_p1 = 0.0
        x_p1 = 0.0
        if rho_p1[i] < np.inf:
            t_p1 = lam * rho_p1[i]
            x_p1 = math.exp(-t_p1)
        t_m1 = 0.0
        x_m1 = 0.0
        if rho_m1[i] == rho_p1[i]:
            t_m1 = t_p1
            x_m1 = x_p1
        elif rho_m1[i] < np.inf:
            t_m1 = lam * rho_m1[i]
            x_m1 = math.exp(-t_m1)
        partition = 1.0 + x_p1 + x_m1
        mean = (x_p1 * t_p1 + x_m1 * t_m1) / partition
        entropy += mean
        variance += (x_p1 * t_p1 * t_p1 + x_m1 * t_m1 * t_m1) / partition - mean * mean
        product *= partition
        factors += 1
        if factors == FACTORS:
            entropy += math.log(product)
            product = 1.0
            factors = 0
    return entropy + math.log(product), -variance


@njit(cache=True, nogil=True)
def change_probabilities(rho_p1, rho_m1, lam, p_p1, p_m1):
    """Fill the probabilities of +1 and -1 (1-D), exactly 0 where wet; return the entropy in nats."""
    entropy = 0.0
    product = 1.0
    for i in range(rho_p1.size):
        t_p1 = lam * rho_p1[i] if rho_p1[i] < np.inf else 0.0
        x_p1 = math.exp(-t_p1) if rho_p1[i] < np.inf else 0.0
        t_m1 = t_p1
        x_m1 = x_p1
        if rho_m1[i] != rho_p1[i]:
            t_m1 = lam * rho_m1[i] if rho_m1[i] < np.inf else 0.0
            x_m1 = math.exp(-t_m1) if rho_m1[i] < np.inf else 0.0
        partition = 1.0 + x_p1 + x_m1
        p_p1[i] = x_p1 / partition
        p_m1[i] = x_m1 / partition
        entropy += p_p1[i] * t_p1 + p_m1[i] * t_m1
        product *= partition
        if i % FACTORS == 0:
            entropy += math.log(product)
            product = 1.0
    return entropy + math.log(product)


@njit(cache=True, nogil=True)
def draw_changes(p_p1, p_m1, uniform, changes):
    """Fill the changes (1-D int8): +1 where uniform < p_p1, -1 where it is below p_p1 + p_m1, else 0."""
    for i in range(uniform.size):
        if uniform[i] < p_p1[i]:
            changes[i] = 1
        elif uniform[i] < p_p1[i] + p_m1[i]:
            changes[i] = -1
        else:
            changes[i] = 0
