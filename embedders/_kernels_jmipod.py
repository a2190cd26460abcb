"""Compiled loops of J-MiPOD."""

import numpy as np

from embedders.kernel import kernel


@kernel()
def wiener_residual(pixels):
    """Difference between a float64 [height, width] plane and its adaptive Wiener estimate on 2x2 windows."""
    height, width = pixels.shape
    means = np.empty((height, width))
    variances = np.empty((height, width))
    below = np.zeros(width)
    total = 0.0
    for y in range(height):
        here = pixels[y]
        if y + 1 < height:
            below[:] = pixels[y + 1]
        else:
            below[:] = 0.0
        for x in range(width):
            a, c = here[x], below[x]
            b, d = (here[x + 1], below[x + 1]) if x + 1 < width else (0.0, 0.0)
            mean = (a + b + c + d) / 4.0
            means[y, x] = mean
            variances[y, x] = ((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2 + (d - mean) ** 2) / 4.0
            total += variances[y, x]
    noise = total / (height * width)
    residual = np.empty((height, width))
    for y in range(height):
        for x in range(width):
            deviation, variance = pixels[y, x] - means[y, x], variances[y, x]
            kept = (variance - noise) / variance if variance > noise else 0.0
            residual[y, x] = deviation - kept * deviation
    return residual


@kernel()
def pixel_variances(residual):
    """Mean square of what a quadratic trend leaves of every 3x3 window, the plane's edge replicated.

    The projection off the products of 3-point DCT vectors of degrees a + b < 3 is the projection onto the other three,
    (1, 2), (2, 1) and (2, 2), which separate: differences (1, 0, -1) / sqrt 2 and (1, -2, 1) / sqrt 6.
    """
    height, width = residual.shape
    slope = np.empty(width + 2)
    curve = np.empty(width + 2)
    out = np.empty((height, width))
    for y in range(height):
        above, here, below = residual[max(y - 1, 0)], residual[y], residual[min(y + 1, height - 1)]
        for x in range(width):
            slope[x + 1] = above[x] - below[x]
            curve[x + 1] = above[x] - 2.0 * here[x] + below[x]
        slope[0], slope[width + 1] = slope[1], slope[width]
        curve[0], curve[width + 1] = curve[1], curve[width]
        for x in range(width):
            slope_curve = slope[x] - 2.0 * slope[x + 1] + slope[x + 2]
            curve_slope = curve[x] - curve[x + 2]
            curve_curve = curve[x] - 2.0 * curve[x + 1] + curve[x + 2]
            squares = (slope_curve**2 + curve_slope**2) / 12.0 + curve_curve**2 / 36.0
            out[y, x] = squares / 3.0
    return out


@kernel()
def pool_information(variances, table, floor):
    """Fisher information 1 / variance^2 of every coefficient, summed over the same mode of the blocks around.

    Variances, float64 [height, width], are of unquantized coefficients; `floor` is the least of a quantized one.
    """
    height, width = variances.shape
    single = np.empty((height, width))
    for y in range(height):
        for left in range(0, width, 8):
            for j in range(8):
                step = table[y % 8, j]
                variance = max(variances[y, left + j] / (step * step), floor)
                single[y, left + j] = 1.0 / (variance * variance)
    edge = np.empty(width + 16)
    cross = np.empty(width + 16)
    out = np.empty((height, width))
    for y in range(height):
        above, here, below = single[max(y - 8, y % 8)], single[y], single[min(y + 8, height - 8 + y % 8)]
        for x in range(width):
            edge[x + 8] = above[x] + 3.0 * here[x] + below[x]
            cross[x + 8] = 3.0 * above[x] + 4.0 * here[x] + 3.0 * below[x]
        edge[:8] = edge[8:16]
        edge[width + 8 :] = edge[width : width + 8]
        for x in range(width):
            out[y, x] = edge[x] + cross[x + 8] + edge[x + 16]
    return out
