"""DCTR and GFR: histograms of filter responses to unrounded pixels, by phase of the 8x8 grid."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.features import _kernels_jpeg

PI = np.longdouble("3.14159265358979323846264338327950288")
#: Phase of the grid along one axis -> group: a phase and its mirror image are alike, 0 and 4 are alone.
GROUP = np.array([0, 1, 2, 3, 4, 3, 2, 1])
#: Levels of a response, the last one for all above.
LEVELS = 5
#: GFR: standard deviations of the filters, and by quality the steps that quantise their responses.
SCALES = (0.5, 0.75, 1.0, 1.25)
STEPS = {75: (2.0, 4.0, 6.0, 8.0), 95: (0.5, 1.0, 1.5, 2.0)}
ANGLES = 32
ASPECT = 0.5


def dctr(coefficients: NDArray[np.integer], table: NDArray[np.integer], quality: int) -> NDArray[np.float32]:
    """Compute the DCT residuals of one plane: responses to the 64 basis functions of the 8x8 DCT.

    Parameters
    ----------
    coefficients, table : numpy.ndarray
        int [height, width], multiples of 8; quantisation steps int [8, 8].
    quality : int
        libjpeg's, from 50: responses are divided by 8 (2 - quality / 50).

    Returns
    -------
    numpy.ndarray
        float32 [8000]: by filter, phase and level. Source: doi:10.1109/TIFS.2014.2364918.
    """
    counts = _kernels_jpeg.dctr(decompress(coefficients, table), DCT, 8 * (2 - quality / 50))
    return _by_phase(counts.reshape(64, 8, 8, LEVELS)).reshape(-1).astype(np.float32)


def gfr(coefficients: NDArray[np.integer], table: NDArray[np.integer], quality: int) -> NDArray[np.float32]:
    """Compute the Gabor filter residuals of one plane.

    Parameters
    ----------
    coefficients, table : numpy.ndarray
        int [height, width], multiples of 8; quantisation steps int [8, 8].
    quality : int
        A key of `STEPS`: the authors define no others.

    Returns
    -------
    numpy.ndarray
        float32 [17000]: by cosine and sine, scale, angle, phase and level; a filter and its mirror image are averaged.
        Source: doi:10.1145/2756601.2756608.
    """
    counts = _kernels_jpeg.gfr(decompress(coefficients, table), *_folded(STEPS[quality]))
    shares = _by_phase(counts).reshape(len(SCALES), ANGLES // 2 + 1, 2, -1)
    return shares.transpose(2, 0, 1, 3).reshape(-1).astype(np.float32)


def decompress(coefficients: NDArray[np.integer], table: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return pixels about zero, neither rounded nor clipped: int [h, w], table int [8, 8] -> float64 [h, w]."""
    return _kernels_jpeg.decompress(np.ascontiguousarray(coefficients, np.float64), table.astype(np.float64), DCT)


def unrounded(coefficients: NDArray[np.integer], table: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return pixels, neither rounded nor clipped, as networks of the JPEG domain read them: float32 [h, w]."""
    return (decompress(coefficients, table) + 128).astype(np.float32)


def gabor(scale: float, angle: int, sine: bool) -> NDArray[np.float64]:
    """Gabor filter, float64 [8, 8], of zero sum; from long doubles, so that its last bits depend on no library."""
    x = np.arange(8, dtype=np.longdouble) - np.longdouble(7) / 2
    y = -x[:, None]
    theta, sigma = PI * angle / ANGLES, np.longdouble(scale)
    along, beside = x * np.cos(theta) + y * np.sin(theta), -x * np.sin(theta) + y * np.cos(theta)
    wave = 2 * PI * along * np.longdouble("0.56") / sigma
    envelope = np.exp(-(along**2 + np.longdouble(ASPECT) ** 2 * beside**2) / (2 * sigma**2))
    kernel = envelope * (-np.sin(wave) if sine else np.cos(wave))
    return (kernel - np.abs(kernel) * kernel.sum() / np.abs(kernel).sum()).astype(np.float64)


@cache
def _folded(steps: tuple[float, ...]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Weights and `alone` of `_kernels_jpeg.gfr`: by scale, angle and phase, cosine before sine."""
    weights, alone = [], []
    for scale, step in zip(SCALES, steps, strict=True):
        for angle in range(ANGLES // 2 + 1):
            for sine in (False, True):
                quarter, sign = gabor(scale, angle, sine) / step, -1 if sine else 1
                down, across, both = sign * quarter[::-1], quarter[:, ::-1], sign * quarter[::-1, ::-1]
                # of the four parts, even or odd down and across, a filter has two: it is even or odd through the centre
                kept, turned = (quarter + down + across + both) / 4, (quarter - down - across + both) / 4
                weights.append([kept[:4, :4].reshape(-1), turned[:4, :4].reshape(-1)])
                alone.append(angle in (0, ANGLES // 2))
    return np.array(weights), np.array(alone)


def _by_phase(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shares of levels in groups of like phases: int64 [filters, 8, 8, LEVELS] -> float64 [filters, 5, 5, LEVELS]."""
    grouped = np.zeros((len(counts), 5, 5, LEVELS), np.int64)
    for row, column in np.ndindex(8, 8):
        grouped[:, GROUP[row], GROUP[column]] += counts[:, row, column]
    return grouped / grouped.sum(axis=3, keepdims=True)


def _basis() -> NDArray[np.float64]:
    """Orthonormal DCT-II, [frequency, position]; from long doubles, so that its last bits depend on no library."""
    frequency, position = np.arange(8, dtype=np.longdouble)[:, None], np.arange(8, dtype=np.longdouble)
    waves = np.cos(PI * frequency * (2 * position + 1) / 16) / 2
    waves[0] = np.sqrt(np.longdouble(1) / 8)
    return waves.astype(np.float64)


DCT = _basis()
