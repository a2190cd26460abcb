"""Compiled loops of J-UNIWARD."""

import numpy as np

from embedders.kernel import kernel


@kernel()
def mirror(index, length):
    """Index into a signal that is continued by symmetric reflection, its edge sample repeated, as often as needed."""
    index = index % (2 * length)
    return index if index < length else 2 * length - 1 - index


@kernel()
def filter_rows(pixels, low, high):
    """Correlate rows with both filters: two arrays float64 [height + 31, width + 16].

    Row r, column c belong to pixel row r - 15 and to the residual at pixel column c - 8.
    """
    height, width = pixels.shape
    lows = np.empty((height + 31, width + 16))
    highs = np.empty((height + 31, width + 16))
    line = np.empty(width + 31)
    mirrored = np.empty(width + 31, np.int64)
    for x in range(width + 31):
        mirrored[x] = mirror(x - 15, width)
    for y in range(height + 31):
        source = pixels[mirror(y - 15, height)]
        for x in range(width + 31):
            line[x] = source[mirrored[x]]
        for x in range(width + 16):
            sum_low, sum_high = 0.0, 0.0
            for t in range(16):
                sum_low += low[t] * line[x + t]
                sum_high += high[t] * line[x + t]
            lows[y, x] = sum_low
            highs[y, x] = sum_high
    return lows, highs


@kernel()
def relative_weights(pixels, low, high, sigma):
    """Cost of one unit of change in a wavelet coefficient, 1 / (|R_k| + sigma): float64 [3, height + 16, width + 16].

    For low x high, high x low, high x high (vertical x horizontal) filters of 16 taps; index (r, c) is the residual at
    pixel (r - 8, c - 8), so that every residual that a block can reach is covered.
    """
    lows, highs = filter_rows(pixels, low, high)
    height, width = lows.shape[0] - 15, lows.shape[1]
    weights = np.zeros((3, height, width))
    for y in range(height):
        low_high, high_low, high_high = weights[0, y], weights[1, y], weights[2, y]
        for t in range(16):
            tap_low, tap_high, from_low, from_high = low[t], high[t], lows[y + t], highs[y + t]
            for x in range(width):
                low_high[x] += tap_low * from_high[x]
                high_low[x] += tap_high * from_low[x]
                high_high[x] += tap_high * from_high[x]
        for x in range(width):
            low_high[x] = 1.0 / (abs(low_high[x]) + sigma)
            high_low[x] = 1.0 / (abs(high_low[x]) + sigma)
            high_high[x] = 1.0 / (abs(high_high[x]) + sigma)
    return weights


@kernel()
def juniward_cost(weights, table, impact_low, impact_high, shift):
    """Sum the weights of `relative_weights` under the wavelet impact of every DCT mode: float64 [height, width].

    The impact of a mode is the outer product of |response of either filter to the k-th DCT vector|, float64 [8, 23],
    times its step. A shift of 1, of the historical variant, reads the weights one sample further down and right.
    """
    height, width = weights.shape[1] - 16, weights.shape[2] - 16
    rho = np.zeros((height, width))
    under_high = np.empty(width + 16)
    under_low = np.empty(width + 16)
    for y in range(height):
        mode, top = y % 8, y - y % 8 + shift
        under_high[:] = 0.0
        under_low[:] = 0.0
        for u in range(23):
            of_low, of_high = impact_low[mode, u], impact_high[mode, u]
            low_high, high_low, high_high = weights[0, top + u], weights[1, top + u], weights[2, top + u]
            for x in range(width + 16):
                under_high[x] += of_low * low_high[x] + of_high * high_high[x]
                under_low[x] += of_high * high_low[x]
        for left in range(0, width, 8):
            target = rho[y, left : left + 8]
            for v in range(23):
                with_high, with_low = under_high[left + shift + v], under_low[left + shift + v]
                for j in range(8):
                    target[j] += with_high * impact_high[j, v] + with_low * impact_low[j, v]
            for j in range(8):
                target[j] *= table[mode, j]
    return rho
