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
def correlate_rows(plane, taps):
    """Correlate every row with 16 taps, only where they fit: [height, width] -> [height, width - 15]."""
    height, width = plane.shape
    out = np.empty((height, width - TAPS + 1))
    for i in range(height):
        for j in range(width - TAPS + 1):
            total = 0.0
            for t in range(TAPS):
                total += taps[t] * plane[i, j + t]
            out[i, j] = total
    return out


@njit(cache=True, nogil=True)
def correlate_columns(plane, taps):
    """Correlate every column with 16 taps, only where they fit: [height, width] -> [height - 15, width]."""
    height, width = plane.shape
    out = np.empty((height - TAPS + 1, width))
    for i in range(height - TAPS + 1):
        for j in range(width):
            total = 0.0
            for t in range(TAPS):
                total += taps[t] * plane[i + t, j]
            out[i, j] = total
    return out


@njit(cache=True, nogil=True)
def residuals(padded, low, high):
    """Directional residuals of a cover padded by 15: low x high, high x low, high x high (vertical x horizontal)."""
    flipped_low, flipped_high = low[::-1].copy(), high[::-1].copy()
    low_rows, high_rows = correlate_rows(padded, flipped_low), correlate_rows(padded, flipped_high)
    return (
        correlate_columns(high_rows, flipped_low),
        correlate_columns(low_rows, flipped_high),
        correlate_columns(high_rows, flipped_high),
    )


@njit(cache=True, nogil=True)
def suniward_cost(padded, low, high, sigma):
    """Costs of S-UNIWARD for a cover padded by 15 on each side."""
    lh, hl, hh = residuals(padded, low, high)
    for plane in (lh, hl, hh):
        for i in range(plane.shape[0]):
            for j in range(plane.shape[1]):
                plane[i, j] = 1.0 / (abs(plane[i, j]) + sigma)
    abs_low, abs_high = np.abs(low), np.abs(high)
    lh, hl, hh = correlate_columns(lh, abs_low), correlate_columns(hl, abs_high), correlate_columns(hh, abs_high)
    return correlate_rows(lh + hh, abs_high) + correlate_rows(hl, abs_low)


@njit(cache=True, nogil=True)
def wow_cost(padded, low, high, floor, wet_from):
    """Costs of WOW for a cover padded by 15 on each side; at or above `wet_from` they are infinite."""
    lh, hl, hh = residuals(padded, low, high)
    lh, hl, hh = np.abs(lh), np.abs(hl), np.abs(hh)
    abs_low, abs_high = np.abs(low), np.abs(high)
    lh = correlate_rows(correlate_columns(lh, abs_low), abs_high)
    hl = correlate_rows(correlate_columns(hl, abs_high), abs_low)
    hh = correlate_rows(correlate_columns(hh, abs_high), abs_high)
    for i in range(lh.shape[0]):
        for j in range(lh.shape[1]):
            rho = 1.0 / max(lh[i, j], floor) + 1.0 / max(hl[i, j], floor) + 1.0 / max(hh[i, j], floor)
            lh[i, j] = rho if rho < wet_from else np.inf
    return lh


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
    """Fill the probabilities of +1 and -1 (1-D); wet elements get exactly 0."""
    for i in range(rho_p1.size):
        x_p1 = math.exp(-lam * rho_p1[i]) if rho_p1[i] < np.inf else 0.0
        x_m1 = x_p1
        if rho_m1[i] != rho_p1[i]:
            x_m1 = math.exp(-lam * rho_m1[i]) if rho_m1[i] < np.inf else 0.0
        partition = 1.0 + x_p1 + x_m1
        p_p1[i] = x_p1 / partition
        p_m1[i] = x_m1 / partition


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
