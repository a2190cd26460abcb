"""Tiles: several covers of one image, a grid of squares cut side by side."""

import re
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

_TILE = re.compile(r"(?P<image>.*)_r(?P<row>\d+)c(?P<column>\d+)", re.DOTALL)


def expand(groups: Mapping[str, str], tiles: int) -> dict[str, str]:
    """Return the groups of covers from those of images: `1013` becomes `1013_r0c0`, `1013_r0c1`, ... of its group.

    There are `tiles` squares along each side of an image; if 1, an image is a cover and keeps its name.
    """
    if tiles == 1:
        return dict(groups)
    grid = [(row, column) for row in range(tiles) for column in range(tiles)]
    return {f"{name}_r{row}c{column}": group for name, group in groups.items() for row, column in grid}


def fitting(shape: tuple[int, ...], size: int, most: int) -> int:
    """Return how many squares of this size fit along the shorter side of an image: from 1 to `most`."""
    return min(most, max(1, min(shape) // size))


def by_image(names: Iterable[str], tiles: int) -> dict[str, dict[str, tuple[int, int]]]:
    """Return image name -> cover name -> row and column in the grid, for the named covers."""
    covers: dict[str, dict[str, tuple[int, int]]] = {}
    for name in names:
        match = _TILE.fullmatch(name) if tiles > 1 else None
        image, offset = (match["image"], (int(match["row"]), int(match["column"]))) if match else (name, (0, 0))
        covers.setdefault(image, {})[name] = offset
    return covers


def that_fit(
    covers: Mapping[str, Mapping[str, tuple[int, int]]], shapes: Mapping[str, tuple[int, ...]], *, size: int, most: int
) -> dict[str, dict[str, tuple[int, int]]]:
    """Return the covers of `by_image` that lie inside their image, whose height and width are `shapes`."""
    along = {image: fitting(shapes[image], size, most) for image in covers}
    return {
        image: {name: place for name, place in tiled.items() if max(place) < along[image]}
        for image, tiled in covers.items()
    }


def cut(image: NDArray[np.uint8], offset: tuple[int, int], size: int) -> NDArray[np.uint8]:
    """Return a square of the grid: uint8 [tiles * size, tiles * size] -> uint8 [size, size]."""
    row, column = offset
    return image[row * size : (row + 1) * size, column * size : (column + 1) * size]
