"""Gabor filter residuals (GFR): histograms of the responses to Gabor filters of four scales, by phase of the grid."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.features import _kernels_jpeg, jpeg

LENGTH = 17000
#: Standard deviations of the filters, and the steps that their responses are quantised by at quality 75.
SCALES = (0.5, 0.75, 1.0, 1.25)
STEPS = {75: (2.0, 4.0, 6.0, 8.0), 95: (0.5, 1.0, 1.5, 2.0)}
ANGLES = 32
ASPECT = 0.5


def features(coefficients: NDArray[np.integer], table: NDArray[np.integer], quality: int) -> NDArray[np.float32]:
    """Take the features of one plane of coefficients.

    Parameters
    ----------
    coefficients : numpy.ndarray
        int [height, width], multiples of 8.
    table : numpy.ndarray
        int [8, 8], quantisation steps.
    quality : int
        One of `STEPS`: the authors define no others.

    Returns
    -------
    numpy.ndarray
        float32 [17000]: by cosine and sine, scale, angle, phase of the grid and level; a filter and its mirror image
        are averaged.

    References
    ----------
    X. Song, F. Liu, C. Yang, X. Luo, Y. Zhang, "Steganalysis of adaptive JPEG steganography using 2D Gabor filters",
    IH&MMSec 2015, doi:10.1145/2756601.2756608.
    """
    weights, alone = _folded(STEPS[quality])
    counts = _kernels_jpeg.gfr(jpeg.decompress(coefficients, table), weights, alone)
    shares = jpeg.by_phase(counts).reshape(len(SCALES), ANGLES // 2 + 1, 2, -1)
    return shares.transpose(2, 0, 1, 3).reshape(-1).astype(np.float32)


@cache
def _folded(steps: tuple[float, ...]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Weights of `_kernels_jpeg.gfr`: by scale, angle and phase, cosine before sine."""
    weights, alone = [], []
    for scale, step in zip(SCALES, steps, strict=True):
        for angle in range(ANGLES // 2 + 1):
            for sine in (False, True):
                quarter = kernel(scale, angle, sine) / step
                down, across = quarter[::-1], quarter[:, ::-1]
                both = down[:, ::-1]
                # of the four parts, even or odd down and across, a filter has two: it is even or odd through the centre
                if sine:
                    kept, turned = (quarter - down + across - both) / 4, (quarter + down - across - both) / 4
                else:
                    kept, turned = (quarter + down + across + both) / 4, (quarter - down - across + both) / 4
                weights.append([kept[:4, :4].reshape(-1), turned[:4, :4].reshape(-1)])
                alone.append(angle in (0, ANGLES // 2))
    return np.array(weights), np.array(alone)


def kernel(scale: float, angle: int, sine: bool) -> NDArray[np.float64]:
    """Gabor filter, float64 [8, 8], of zero sum; from long doubles, so that its last bits depend on no library."""
    half = np.longdouble(1) / 2
    pi = np.longdouble("3.14159265358979323846264338327950288")
    x = np.arange(8, dtype=np.longdouble) - 7 * half
    y = -x[:, None]
    theta, sigma = pi * angle / ANGLES, np.longdouble(scale)
    along, beside = x * np.cos(theta) + y * np.sin(theta), -x * np.sin(theta) + y * np.cos(theta)
    wave = 2 * pi * along * np.longdouble("0.56") / sigma
    envelope = np.exp(-(along**2 + np.longdouble(ASPECT) ** 2 * beside**2) / (2 * sigma**2))
    found = envelope * (-np.sin(wave) if sine else np.cos(wave))
    return (found - np.abs(found) * found.sum() / np.abs(found).sum()).astype(np.float64)
