"""The sample: tiles of photographs and clinical images from the wheels of other packages; nothing is downloaded.

Synthetic pictures (chessboards, phantoms, logos, scanned text) are left out by name, tiles with flat or saturated areas
by measurement, since the embedders are made for photographs.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from stegdata.errors import DataError
from stegdata.formats import images
from stegdata.sources import Listing

#: Group -> (package, file) of its images; both halves of a stereo pair are one group.
PHOTOGRAPHS: dict[str, tuple[tuple[str, str], ...]] = {
    "astronaut": (("skimage.data", "astronaut.png"),),
    "brick": (("skimage.data", "brick.png"),),
    "camera": (("skimage.data", "camera.png"),),
    "cell": (("skimage.data", "cell.png"),),
    "chelsea": (("skimage.data", "chelsea.png"),),
    "china": (("sklearn.datasets.images", "china.jpg"),),
    "clock": (("skimage.data", "clock_motion.png"),),
    "coffee": (("skimage.data", "coffee.png"),),
    "coins": (("skimage.data", "coins.png"),),
    "ct-chest": (("pydicom.data.test_files", "CT_small.dcm"),),
    "ct-head": (("pydicom.data.test_files", "J2K_pixelrep_mismatch.dcm"),),
    "flower": (("sklearn.datasets.images", "flower.jpg"),),
    "grass": (("skimage.data", "grass.png"),),
    "gravel": (("skimage.data", "gravel.png"),),
    "hubble": (("skimage.data", "hubble_deep_field.jpg"),),
    "ihc": (("skimage.data", "ihc.png"),),
    "moon": (("skimage.data", "moon.png"),),
    "motorcycle": (("skimage.data", "motorcycle_left.png"), ("skimage.data", "motorcycle_right.png")),
    "mr-abdomen": (("pydicom.data.test_files", "examples_overlay.dcm"),),
    "mr-shoulder": (("pydicom.data.test_files", "MR_small.dcm"),),
    "retina": (("skimage.data", "retina.jpg"),),
    "rocket": (("skimage.data", "rocket.jpg"),),
    "ultrasound": (("pydicom.data.test_files", "examples_jpeg2k.dcm"),),
}

#: Share of pixels in constant 3x3 neighbourhoods, and share at 0 or 255, above which a tile is left out.
FLAT = 0.1
SATURATED = 0.1
#: Standard deviation, grey levels, below which a tile is left out: skies and bokeh, of which JPEG leaves nothing.
SMOOTH = 4.0
#: Tiles of one photograph at most, so that none dominates the data set.
TILES = 112


class Sample:
    """Tiles of size x size pixels."""

    def __init__(self, size: int) -> None:
        """Set the side."""
        self._size = size

    def listing(self) -> Listing:
        """List the tiles, those of one photograph together."""
        return Listing(tiles(self._size), [])

    def read(self, names: Sequence[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Cut the named tiles."""
        yield from ((name, tile(name, self._size)) for name in names)


@cache
def photograph(group: str, number: int) -> NDArray[np.uint8]:
    """Read one image of a group as 8-bit grey [height, width]."""
    package, file = PHOTOGRAPHS[group][number]
    with as_file(files(package) / file) as path:
        return images.read(path)


def tile(name: str, size: int) -> NDArray[np.uint8]:
    """Cut the tile `<group>-<number>-<row>-<column>` out of its photograph: uint8 [size, size]."""
    group, *numbers = name.rsplit("-", 3)
    if len(numbers) == 3 and all(map(str.isdecimal, numbers)):
        number, row, column = map(int, numbers)
        if number < len(PHOTOGRAPHS.get(group, ())):
            top, left = row * size, column * size
            pixels = photograph(group, number)[top : top + size, left : left + size]
            if pixels.shape == (size, size):
                return pixels.copy()
    raise DataError(f"sample: expected a tile of {size}x{size} pixels, got {name!r}: make the splits again")


def tiles(size: int) -> dict[str, str]:
    """Return all usable tiles, name -> group; of a group with more than `TILES`, the first by hash of the name."""
    usable: dict[str, str] = {}
    for group, photographs in PHOTOGRAPHS.items():
        names = [name for number in range(len(photographs)) for name in _usable(group, number, size)]
        names.sort(key=lambda name: hashlib.sha256(name.encode()).digest())
        usable.update(dict.fromkeys(sorted(names[:TILES]), group))
    return usable


def _usable(group: str, number: int, size: int) -> list[str]:
    image = photograph(group, number)
    flat = maximum_filter(image, 3) == minimum_filter(image, 3)
    saturated = (image == 0) | (image == 255)
    names = []
    for row in range(image.shape[0] // size):
        for column in range(image.shape[1] // size):
            area = np.s_[row * size : (row + 1) * size, column * size : (column + 1) * size]
            if flat[area].mean() < FLAT and saturated[area].mean() < SATURATED and image[area].std() >= SMOOTH:
                names.append(f"{group}-{number}-{row:02d}-{column:02d}")
    return names
