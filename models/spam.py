"""SPAM features, which tell cover from stego without a network: the yardstick that a network must beat.

Pevny, Bas and Fridrich (2010), "Steganalysis by subtractive pixel adjacency matrix", doi:10.1109/TIFS.2010.2045842.
"""

import numpy as np
from numpy.typing import NDArray

#: Differences are cut off at this magnitude.
LIMIT = 3
LEVELS = 2 * LIMIT + 1
FEATURES = 2 * LEVELS**3


def features(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Transition probabilities of the differences of neighbours, of second order (eq. 4 to 6, T = 3).

    Parameters
    ----------
    image : numpy.ndarray
        uint8 [height, width], both at least 4.

    Returns
    -------
    numpy.ndarray
        float64 [686]: mean over the four straight directions, then over the four diagonal ones, of the probability
        of a difference given the two before it, indexed [before before, before, difference].
    """
    pixels = image.astype(np.int16)
    straight = [_both_ways(pixels), _both_ways(pixels.T)]
    diagonal = [_both_ways(pixels, slope=1), _both_ways(pixels[::-1], slope=1)]
    return np.concatenate([np.mean(directions, axis=0).reshape(-1) for directions in (straight, diagonal)])


def _both_ways(pixels: NDArray[np.int16], slope: int = 0) -> NDArray[np.float64]:
    """Mean of the transition probabilities from left to right, with `slope` one row down a column, and back."""
    height, width = pixels.shape
    differences = pixels[: height - slope, :-1] - pixels[slope:, 1:]
    levels = (np.clip(differences, -LIMIT, LIMIT) + LIMIT).astype(np.int64)
    height, width = levels.shape
    first, second, third = (
        levels[slope * step : height - slope * (2 - step), step : width - 2 + step] for step in range(3)
    )
    counts = np.bincount(((first * LEVELS + second) * LEVELS + third).reshape(-1), minlength=LEVELS**3)
    there = counts.reshape(LEVELS, LEVELS, LEVELS)
    back = there[::-1, ::-1, ::-1].transpose(2, 1, 0)
    return (_conditional(there) + _conditional(back)) / 2


def _conditional(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Probability of the last level given the two before it; 0 where these never came."""
    return counts / np.maximum(counts.sum(axis=2, keepdims=True), 1)
