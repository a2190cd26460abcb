"""Compiled filters of the spatial embedders."""

import numpy as np

from embedders.kernel import kernel


@kernel()
def box(padded, reach):
    """Sum over the square about each pixel: float64 [h + 2 reach, w + 2 reach] -> [h, w].

    Every sum is taken anew: a running one would lose small numbers beside large ones.
    """
    height, width = padded.shape[0] - 2 * reach, padded.shape[1] - 2 * reach
    along = np.zeros((height + 2 * reach, width))
    for i in range(height + 2 * reach):
        row, target = padded[i], along[i]
        for k in range(2 * reach + 1):
            for j in range(width):
                target[j] += row[j + k]
    out = np.zeros((height, width))
    for i in range(height):
        target = out[i]
        for k in range(2 * reach + 1):
            row = along[i + k]
            for j in range(width):
                target[j] += row[j]
    return out


@kernel()
def second_difference(padded):
    """Magnitude of [-1 2 -1; 2 -4 2; -1 2 -1] on a plane: float64 [h + 2, w + 2] -> [h, w]."""
    height, width = padded.shape[0] - 2, padded.shape[1] - 2
    out = np.empty((height, width))
    for i in range(height):
        above, here, below, target = padded[i], padded[i + 1], padded[i + 2], out[i]
        for j in range(width):
            left = 2.0 * here[j] - above[j] - below[j]
            middle = 2.0 * here[j + 1] - above[j + 1] - below[j + 1]
            right = 2.0 * here[j + 2] - above[j + 2] - below[j + 2]
            target[j] = abs(left - 2.0 * middle + right)
    return out


@kernel()
def window_energy(padded, waves):
    """Energy of the window about each pixel in the DCT coefficients of degrees a + b >= 9.

    Parameters: float64 [h + 8, w + 8]; waves float64 [9, 9], orthonormal [degree, place]. Returns float64 [h, w].
    """
    height, width = padded.shape[0] - 8, padded.shape[1] - 8
    plus, minus = np.empty((4, width + 8)), np.empty((4, width + 8))
    down = np.empty(width + 8)
    even, odd = np.empty((5, width)), np.empty((4, width))
    out = np.zeros((height, width))
    for i in range(height):
        for k in range(4):
            _fold(padded[i + k], padded[i + 8 - k], plus[k], minus[k])
        for a in range(1, 9):
            if a % 2 == 0:
                _even_wave(plus[0], plus[1], plus[2], plus[3], padded[i + 4], waves[a], down)
            else:
                _odd_wave(minus[0], minus[1], minus[2], minus[3], waves[a], down)
            for k in range(4):
                _fold(down[k : k + width], down[8 - k : 8 - k + width], even[k], odd[k])
            even[4, :] = down[4 : 4 + width]
            for b in range(9 - a, 9):
                if b % 2 == 0:
                    _add_even_square(even[0], even[1], even[2], even[3], even[4], waves[b], out[i])
                else:
                    _add_odd_square(odd[0], odd[1], odd[2], odd[3], waves[b], out[i])
    return out


@kernel()
def _fold(a, b, plus, minus):
    for j in range(a.size):
        plus[j] = a[j] + b[j]
        minus[j] = a[j] - b[j]


@kernel()
def _even_wave(a, b, c, d, e, wave, out):
    u, v, w, x, y = wave[0], wave[1], wave[2], wave[3], wave[4]
    for j in range(out.size):
        out[j] = (u * a[j] + v * b[j]) + (w * c[j] + x * d[j]) + y * e[j]


@kernel()
def _odd_wave(a, b, c, d, wave, out):
    u, v, w, x = wave[0], wave[1], wave[2], wave[3]
    for j in range(out.size):
        out[j] = (u * a[j] + v * b[j]) + (w * c[j] + x * d[j])


@kernel()
def _add_even_square(a, b, c, d, e, wave, out):
    u, v, w, x, y = wave[0], wave[1], wave[2], wave[3], wave[4]
    for j in range(out.size):
        value = (u * a[j] + v * b[j]) + (w * c[j] + x * d[j]) + y * e[j]
        out[j] += value * value


@kernel()
def _add_odd_square(a, b, c, d, wave, out):
    u, v, w, x = wave[0], wave[1], wave[2], wave[3]
    for j in range(out.size):
        value = (u * a[j] + v * b[j]) + (w * c[j] + x * d[j])
        out[j] += value * value
