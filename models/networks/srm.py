"""The 30 kernels of the spatial rich model (SRM), which the first layer of most networks holds."""

import numpy as np

# (row, column) steps to N NE E SE S SW W NW
_COMPASS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
# weights by step from the centre
_FIRST = {0: -1, 1: 1}
_SECOND = {-1: 1, 0: -2, 1: 1}
_THIRD = {-1: 1, 0: -3, 1: 3, 2: -1}
SQUARE_3 = ((-1, 2, -1), (2, -4, 2), (-1, 2, -1))
SQUARE_5 = ((-1, 2, -2, 2, -1), (2, -6, 8, -6, 2), (-2, 8, -12, 8, -2), (2, -6, 8, -6, 2), (-1, 2, -2, 2, -1))


def kernels() -> np.ndarray:
    """Return the bank of SRM kernels as whole numbers, not normalised.

    Returns
    -------
    numpy.ndarray
        [5, 5, 1, 30] float32: 8 of first order (N NE E SE S SW W NW), 4 of second order (N NE E NW), 8 of third order
        (as the first), square 3×3, its 4 edges (top, right, bottom, left), square 5×5, its 4 edges. The largest
        magnitudes are 1, 2, 3, 4 and 12. To be correlated with the image, not flipped. Source: Fridrich and Kodovský
        (2012), doi:10.1109/TIFS.2012.2190402; the selection is Fig. 5 of the paper.
    """
    north, north_east, east, *_, north_west = _COMPASS
    bank = [_line(_FIRST, direction) for direction in _COMPASS]
    bank += [_line(_SECOND, direction) for direction in (north, north_east, east, north_west)]
    bank += [_line(_THIRD, direction) for direction in _COMPASS]
    for square in (np.pad(SQUARE_3, 1), np.array(SQUARE_5)):
        top = square.copy()
        top[3:] = 0
        bank += [square, *(np.rot90(top, -turns) for turns in range(4))]
    return np.stack(bank, axis=-1)[:, :, np.newaxis, :].astype(np.float32)


def _line(weights: dict[int, int], direction: tuple[int, int]) -> np.ndarray:
    """Lay weights along a direction of a 5×5 kernel."""
    kernel = np.zeros((5, 5), dtype=np.int64)
    for step, weight in weights.items():
        kernel[2 + step * direction[0], 2 + step * direction[1]] = weight
    return kernel
