"""Pictures of files, as a detector looks at them: whole, or in windows of its size, never resampled."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stegdata import DataError, formats
from workflow.command.inputs import Input

#: JPEG windows begin on the grid of its blocks.
GRID = 8
#: Share of red where the score is 1.
HEAT = 0.6


@dataclass(frozen=True)
class Picture:
    """A picture and where its windows are.

    Attributes
    ----------
    name : str
        Of the file below what was given, without ending; of several frames with its number.
    frame : int or None
        From 1, where the file has several.
    pixels : numpy.ndarray
        uint8 [height, width].
    planes : tuple of numpy.ndarray
        What the detector looks at: the pixels, or int16 [height, width] coefficients and their table.
    size : int
        Side of the windows, in pixels.
    places : list of (int, int)
        Top and left of each; they cover the picture, the last ones overlap their neighbours.
    """

    name: str
    frame: int | None
    pixels: NDArray[np.uint8]
    planes: tuple[NDArray[Any], ...]
    size: int
    places: list[tuple[int, int]]

    def window(self, place: tuple[int, int]) -> tuple[NDArray[Any], ...]:
        """What the detector looks at of one window."""
        (top, left), (plane, *table) = place, self.planes
        return np.ascontiguousarray(plane[top : top + self.size, left : left + self.size]), *table


def read(image: Input, size: int, domain: str) -> Iterator[Picture]:
    """Read the pictures of a file: of a DICOM every frame, of others one.

    Raises
    ------
    DataError
        A file that cannot be read, a picture that is smaller than the detector's images; no JPEG where the detector
        looks at coefficients.
    """
    for frame, pixels, planes in _decoded(image, domain):
        height, width = pixels.shape
        if min(height, width) < size:
            raise DataError(
                f"{image.path}: expected {size}x{size} pixels or more, as the detector was trained on, got "
                f"{height}x{width}: leave it out; enlarging would invent pixels"
            )
        name = image.name if frame is None else f"{image.name}-{frame}"
        grid = GRID if domain == "jpeg" else 1
        yield Picture(
            name, frame, pixels, planes, size, [*product(_starts(height, size, grid), _starts(width, size, grid))]
        )


def heat(picture: Picture, scores: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Picture in grey, the more red the higher the mean score of the windows of a pixel: uint8 [height, width, 3]."""
    total, count = np.zeros(picture.pixels.shape), np.zeros(picture.pixels.shape)
    for (top, left), score in zip(picture.places, scores, strict=True):
        window = slice(top, top + picture.size), slice(left, left + picture.size)
        total[window] += score
        count[window] += 1
    share = HEAT * total / np.maximum(count, 1)
    grey = picture.pixels.astype(float)
    return np.rint(np.stack([grey + (255 - grey) * share, *[grey * (1 - share)] * 2], axis=-1)).astype(np.uint8)


def _starts(length: int, size: int, grid: int) -> list[int]:
    """Windows side by side, and one at the end; of a JPEG up to the last whole block."""
    last = (length - size) // grid * grid
    return sorted({*range(0, last + 1, -(-size // grid) * grid), last})


def _decoded(image: Input, domain: str) -> Iterator[tuple[int | None, NDArray[np.uint8], tuple[NDArray[Any], ...]]]:
    """Frame, pixels as the shards hold them, and what a detector of this domain looks at."""
    from stegdata.files import read_bytes
    from stegdata.formats import dicom, dicom_header, images, jpeg

    if image.path.suffix.lower() in formats.JPEG:
        found = jpeg.read(image.path)  # of colour the luminance
        planes = (found.coefficients[0], found.quantization_tables[0]) if domain == "jpeg" else (found.luminance,)
        yield None, found.luminance, planes
        return
    if domain == "jpeg":
        raise DataError(
            f"{image.path}: expected a JPEG, whose coefficients this detector was trained on, got another format"
        )
    content = read_bytes(image.path)
    if PurePath(image.path).suffix.lower() != ".dcm" and not dicom_header.is_dicom(content[: dicom_header.HEAD]):
        pixels = images.decode(image.path, content)
        yield None, pixels, (pixels,)
        return
    count = dicom_header.read(image.path, content).frames
    if count == 0:
        raise DataError(f"{image.path}: expected a DICOM image, got a report, plan or other object: leave it out")
    for number, pixels in enumerate(dicom.frames(image.path, content, range(count) if count > 1 else [None]), 1):
        yield number if count > 1 else None, pixels, (pixels,)
