"""Every Numba kernel of the JPEG domain: checked arrays in, arrays out.

They live in one file because a cached kernel goes stale, unnoticed, when a function that it calls lives in another.
Sums run in a fixed order, one thread, no fastmath: the same cover gives the same bits everywhere. Where an inner loop
adds weighted rows onto a row, it does so because that form vectorises and a reduction does not.
"""

import math

import numpy as np
from numba import njit

# ---------------------------------------------------------------- inverse DCT


@njit(cache=True, nogil=True)
def wrap16(value):
    """Keep the low 16 bits, as the vector registers of libjpeg-turbo do."""
    return ((value + 32768) & 65535) - 32768


@njit(cache=True, nogil=True)
def islow_1d(x0, x1, x2, x3, x4, x5, x6, x7):
    """Eight-point inverse DCT of Loeffler, Ligtenberg and Moschytz (1989, figure 1), constants times 2^13, unscaled."""
    rotated = (x2 + x6) * 4433
    even2 = rotated - x6 * 15137
    even3 = rotated + x2 * 6270
    even0 = wrap16(x0 + x4) << 13
    even1 = wrap16(x0 - x4) << 13

    sum73 = wrap16(x7 + x3)
    sum51 = wrap16(x5 + x1)
    both = (sum73 + sum51) * 9633
    sum73 = both - sum73 * 16069
    sum51 = both - sum51 * 3196
    sum71 = (x7 + x1) * 7373
    sum53 = (x5 + x3) * 20995
    odd0 = x1 * 12299 - sum71 + sum51
    odd1 = x3 * 25172 - sum53 + sum73
    odd2 = x5 * 16819 - sum53 + sum51
    odd3 = x7 * 2446 - sum71 + sum73

    first, second, third, fourth = even0 + even3, even1 + even2, even1 - even2, even0 - even3
    return (
        first + odd0,
        second + odd1,
        third + odd2,
        fourth + odd3,
        fourth - odd3,
        third - odd2,
        second - odd1,
        first - odd0,
    )


@njit(cache=True, nogil=True)
def islow_columns(coefficients, table, row, column, work):
    """Dequantize the block at (row, column) and transform its columns into `work`, int64 [8, 8], scaled by 4."""
    flat = True
    for i in range(8):
        for j in range(8):
            level = coefficients[row + i, column + j]
            if i > 0 and level != 0:
                flat = False
            work[i, j] = wrap16(level * table[i, j])
    for j in range(8):
        if flat:
            value = wrap16(work[0, j] << 2)
            for i in range(8):
                work[i, j] = value
            continue
        outputs = islow_1d(
            work[0, j], work[1, j], work[2, j], work[3, j], work[4, j], work[5, j], work[6, j], work[7, j]
        )
        for i in range(8):
            work[i, j] = min(max((outputs[i] + 1024) >> 11, -32768), 32767)


@njit(cache=True, nogil=True)
def decode_islow(coefficients, table):
    """Pixels of a plane as libjpeg-turbo decodes them.

    Parameters
    ----------
    coefficients : int32 [height, width]
    table : int64 [8, 8]

    Returns
    -------
    uint8 [height, width]
    """
    height, width = coefficients.shape
    pixels = np.empty((height, width), np.uint8)
    work = np.empty((8, 8), np.int64)
    for row in range(0, height, 8):
        for column in range(0, width, 8):
            islow_columns(coefficients, table, row, column, work)
            for i in range(8):
                outputs = islow_1d(
                    work[i, 0], work[i, 1], work[i, 2], work[i, 3], work[i, 4], work[i, 5], work[i, 6], work[i, 7]
                )
                for j in range(8):
                    pixels[row + i, column + j] = min(max(((outputs[j] + 131072) >> 18) + 128, 0), 255)
    return pixels


@njit(cache=True, nogil=True)
def transform_blocks(plane, columns, rows):
    """Multiply every 8x8 block B of a float64 plane: columns.T @ B @ rows, both float64 [8, 8]."""
    height, width = plane.shape
    half = np.zeros((8, width))
    out = np.zeros((height, width))
    for top in range(0, height, 8):
        half[:] = 0.0
        for i in range(8):
            target = half[i]
            for k in range(8):
                weight, source = columns[k, i], plane[top + k]
                for x in range(width):
                    target[x] += weight * source[x]
        for i in range(8):
            for left in range(0, width, 8):
                target = out[top + i, left : left + 8]
                for k in range(8):
                    value, weights = half[i, left + k], rows[k]
                    for j in range(8):
                        target[j] += value * weights[j]
    return out


# ---------------------------------------------------------------- J-UNIWARD


@njit(cache=True, nogil=True)
def mirror(index, length):
    """Index into a signal that is continued by symmetric reflection, its edge sample repeated, as often as needed."""
    index = index % (2 * length)
    return index if index < length else 2 * length - 1 - index


@njit(cache=True, nogil=True)
def filter_rows(pixels, low, high):
    """Correlate rows with both filters; see `relative_weights` for the region.

    Returns
    -------
    lows, highs : float64 [height + 31, width + 16]
        Row r, column c belong to pixel row r - 15 and to the residual at pixel column c - 8.
    """
    height, width = pixels.shape
    lows = np.empty((height + 31, width + 16))
    highs = np.empty((height + 31, width + 16))
    line = np.empty(width + 31)
    places = np.empty(width + 31, np.int64)
    for x in range(width + 31):
        places[x] = mirror(x - 15, width)
    for y in range(height + 31):
        source = pixels[mirror(y - 15, height)]
        for x in range(width + 31):
            line[x] = source[places[x]]
        for x in range(width + 16):
            sum_low, sum_high = 0.0, 0.0
            for t in range(16):
                sum_low += low[t] * line[x + t]
                sum_high += high[t] * line[x + t]
            lows[y, x] = sum_low
            highs[y, x] = sum_high
    return lows, highs


@njit(cache=True, nogil=True)
def relative_weights(pixels, low, high, sigma):
    """What one unit of change in a wavelet coefficient costs: 1 / (|R_k| + sigma).

    Parameters
    ----------
    pixels : uint8 [height, width]
    low, high : float64 [16]
    sigma : float

    Returns
    -------
    float64 [3, height + 16, width + 16]
        For low x high, high x low, high x high (vertical x horizontal); index (r, c) is the residual at pixel
        (r - 8, c - 8), so that every residual that a block can reach is there.
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


@njit(cache=True, nogil=True)
def juniward_cost(weights, table, impact_low, impact_high, shift):
    """Sum the weights under the wavelet impact of every DCT mode.

    Parameters
    ----------
    weights : float64 [3, height + 16, width + 16]
        From `relative_weights`.
    table : float64 [8, 8]
    impact_low, impact_high : float64 [8, 23]
        |response of either filter to the k-th DCT vector|; the impact of a mode is their outer product times its step.
    shift : int
        0, or 1 for the historical variant, which reads the weights one sample further down and to the right.

    Returns
    -------
    float64 [height, width]
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


# ---------------------------------------------------------------- UERD


@njit(cache=True, nogil=True)
def block_energies(coefficients, table):
    """Sum of |level| x step over the 63 AC modes of every block.

    Parameters
    ----------
    coefficients : int32 [height, width]
    table : float64 [8, 8]

    Returns
    -------
    float64 [height / 8, width / 8]
    """
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


@njit(cache=True, nogil=True)
def uerd_cost(energies, steps):
    """Spread step / energy over the plane.

    Parameters
    ----------
    energies : float64 [rows, columns]
        From `block_energies`.
    steps : float64 [8, 8]
        Numerators, the DC's replaced.

    Returns
    -------
    float64 [8 rows, 8 columns]
        inf where a block and all its neighbours are empty.
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


# ---------------------------------------------------------------- J-MiPOD


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def pool_information(variances, table, floor):
    """Fisher information 1 / variance^2 of every coefficient, summed over the same mode of the blocks around.

    Parameters
    ----------
    variances : float64 [height, width]
        Of unquantized DCT coefficients.
    table : float64 [8, 8]
    floor : float
        Least variance of a quantized coefficient.

    Returns
    -------
    float64 [height, width]
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


@njit(cache=True, nogil=True)
def interpolated_entropy(log_fisher, log_lam, knots, first, step):
    """Sum of the ternary entropies (nats) at one lambda, and its slope in ln lambda, from a table.

    Parameters
    ----------
    log_fisher : float64 [n]
    log_lam : float
    knots : float64 [m, 2]
        Entropy of one element and its slope at ln(lambda I) = first + k step, for cubic Hermite interpolation.
    first, step : float

    Returns
    -------
    entropy, slope : float
    """
    last = knots.shape[0] - 1
    entropy, slope = 0.0, 0.0
    for n in range(log_fisher.size):
        place = (log_fisher[n] + log_lam - first) / step
        if place >= last:
            continue
        place = max(place, 0.0)
        k = int(place)
        s = place - k
        rise = knots[k + 1, 0] - knots[k, 0]
        start, end = knots[k, 1] * step - rise, knots[k + 1, 1] * step - rise
        bend = s * (1.0 - s)
        entropy += knots[k, 0] + s * rise + bend * ((1.0 - s) * start - s * end)
        slope += rise + (1.0 - s) * (1.0 - 3.0 * s) * start + s * (3.0 * s - 2.0) * end
    return entropy, slope / step


@njit(cache=True, nogil=True)
def exact_probabilities(log_fisher, log_lam, knots, first, step):
    """Solve lambda I beta = ln((1 - 2 beta) / beta) for every element, to the last digits of float64.

    With u = ln((1 - 2 beta) / beta) the equation is u (e^u + 2) = lambda I, and beta = 1 / (e^u + 2). The table gives
    u to nine digits or so, Newton's method the rest.

    Parameters
    ----------
    log_fisher : float64 [n]
        inf where an element is wet: its beta is 0.
    log_lam : float
    knots : float64 [m, 2]
        u and its slope at ln(lambda I) = first + k step.
    first, step : float

    Returns
    -------
    beta : float64 [n]
    entropy : float
        Sum of the ternary entropies, in nats.
    """
    last = knots.shape[0] - 1
    beta = np.zeros(log_fisher.size)
    entropy = 0.0
    for n in range(log_fisher.size):
        target = log_fisher[n] + log_lam
        if target > 700.0:
            continue
        place = max((target - first) / step, 0.0)
        if place < last:
            k = int(place)
            s = place - k
            rise = knots[k + 1, 0] - knots[k, 0]
            start, end = knots[k, 1] * step - rise, knots[k + 1, 1] * step - rise
            u = knots[k, 0] + s * rise + s * (1.0 - s) * ((1.0 - s) * start - s * end)
        else:
            u = target - math.log(target)
        scaled = math.exp(target)
        for _ in range(20):
            power = math.exp(u)
            move = (u * (power + 2.0) - scaled) / (power * (1.0 + u) + 2.0)
            u -= move
            power *= 1.0 - move + 0.5 * move * move
            if abs(move) < 1e-5 * (1.0 if u > 1.0 else u):
                break
        beta[n] = 1.0 / (power + 2.0)
        entropy += 2.0 * beta[n] * u + math.log1p(2.0 / power)
    return beta, entropy
