"""Several covers of one image: a grid of squares cut side by side."""

import re
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

_TILE = re.compile(r"(?P<image>.*)_r(?P<row>\d+)c(?P<column>\d+)", re.DOTALL)


def expand(groups: Mapping[str, str], tiles: int) -> dict[str, str]:
    """Turn image name -> group into cover name -> group: `1013` into `1013_r0c0`, `1013_r0c1`, ... of its group.

    Parameters
    ----------
    groups : mapping
        Of a `stegdata.sources.Listing`.
    tiles : int
        Squares along each side of an image; with 1 an image is a cover, and names stay.
    """
    if tiles == 1:
        return dict(groups)
    places = [(row, column) for row in range(tiles) for column in range(tiles)]
    return {f"{name}_r{row}c{column}": group for name, group in groups.items() for row, column in places}


def by_image(names: Iterable[str], tiles: int) -> dict[str, dict[str, tuple[int, int]]]:
    """Image name -> its covers among those named -> row and column in the grid."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for name in names:
        match = _TILE.fullmatch(name) if tiles > 1 else None
        image, place = (name, (0, 0)) if match is None else (match["image"], (int(match["row"]), int(match["column"])))
        found.setdefault(image, {})[name] = place
    return found


def cut(image: NDArray[np.uint8], place: tuple[int, int], size: int) -> NDArray[np.uint8]:
    """Square of the grid: uint8 [tiles * size, tiles * size] -> uint8 [size, size]."""
    row, column = place
    return image[row * size : (row + 1) * size, column * size : (column + 1) * size]
