"""Subtractive pixel adjacency matrix (SPAM): co-occurrences of three differences of neighbours."""

import numpy as np
from numpy.typing import NDArray

from models.features import _kernels_spatial

#: Differences are cut off at this magnitude.
LIMIT = 3
LEVELS = 2 * LIMIT + 1
STRAIGHT, DIAGONAL = ((0, 1), (1, 0)), ((1, 1), (-1, 1))


def features(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute the features of one image.

    Parameters
    ----------
    image : numpy.ndarray
        uint8 [height, width], both at least 4.

    Returns
    -------
    numpy.ndarray
        float32 [686]: mean over the four straight directions, then over the four diagonal ones, of the share of three
        differences in a row, T = 3. The paper (eq. 5, doi:10.1109/TIFS.2010.2045842) conditions the last on the two
        before it; the authors' code, and so this one, does not.
    """
    pixels = np.ascontiguousarray(image, np.int16)
    counts = (
        [_kernels_spatial.triples(pixels, *step, LIMIT) for step in directions] for directions in (STRAIGHT, DIAGONAL)
    )
    return np.concatenate([shares(pair) for pair in counts]).astype(np.float32)


def shares(counts: list[NDArray[np.int64]]) -> NDArray[np.float64]:
    """Mean of the shares of two directions, there and back, [343]."""
    cubes = [count.reshape(LEVELS, LEVELS, LEVELS) / count.sum() for count in counts]
    both = [(cube + cube[::-1, ::-1, ::-1].transpose(2, 1, 0)) / 2 for cube in cubes]
    return np.mean(both, axis=0).reshape(-1)
