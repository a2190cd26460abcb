"""The 30 kernels of the spatial rich model (SRM) that every network starts with.

Fridrich and Kodovský (2012), doi:10.1109/TIFS.2012.2190402; the selection is Fig. 5 of the paper.
"""

import numpy as np

# N NE E SE S SW W NW, as steps in (row, column)
_COMPASS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
_N, _NE, _E, _, _, _, _, _NW = _COMPASS

_FIRST = {0: -1, 1: 1}
_SECOND = {-1: 1, 0: -2, 1: 1}
_THIRD = {-1: 1, 0: -3, 1: 3, 2: -1}

_SQUARE_3 = ((-1, 2, -1), (2, -4, 2), (-1, 2, -1))
_SQUARE_5 = (
    (-1, 2, -2, 2, -1),
    (2, -6, 8, -6, 2),
    (-2, 8, -12, 8, -2),
    (2, -6, 8, -6, 2),
    (-1, 2, -2, 2, -1),
)


def kernels() -> np.ndarray:
    """Return the bank of SRM kernels as whole numbers, not normalised.

    Returns
    -------
    numpy.ndarray
        [5, 5, 1, 30] float32: 8 of first order (N NE E SE S SW W NW), 4 of second order (N NE E NW), 8 of third order
        (as the first), square 3×3, its 4 edges (top, right, bottom, left), square 5×5, its 4 edges. The largest
        magnitudes are 1, 2, 3, 4 and 12. To be correlated with the image, not flipped.
    """
    bank = [_line(_FIRST, direction) for direction in _COMPASS]
    bank += [_line(_SECOND, direction) for direction in (_N, _NE, _E, _NW)]
    bank += [_line(_THIRD, direction) for direction in _COMPASS]
    for square in (np.pad(_SQUARE_3, 1), np.array(_SQUARE_5)):
        bank += [square, *_edges(square)]
    return np.stack(bank, axis=-1)[:, :, np.newaxis, :].astype(np.float32)


def _line(taps: dict[int, int], direction: tuple[int, int]) -> np.ndarray:
    """Lay the taps, keyed by their step from the centre, along a direction of a 5×5 kernel."""
    kernel = np.zeros((5, 5), dtype=np.int64)
    for step, weight in taps.items():
        kernel[2 + step * direction[0], 2 + step * direction[1]] = weight
    return kernel


def _edges(square: np.ndarray) -> list[np.ndarray]:
    """Cut a square to its half up to the centre row, and turn that clockwise: top, right, bottom, left."""
    top = square.copy()
    top[3:] = 0
    return [np.rot90(top, -turns) for turns in range(4)]
