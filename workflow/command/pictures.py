"""Pictures of files as a detector sees them: whole, or in windows of its size, never resampled."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders import Domain
from stegdata import DataError, formats
from workflow.command.inputs import Input

#: Share of red where the score is 1.
HEAT = 0.6


@dataclass(frozen=True)
class Picture:
    """A picture and the corners of its windows.

    Attributes
    ----------
    name : str
        Name of the file without ending, and the number of the frame if there are several.
    frame : int or None
        From 1; None in a file of one frame.
    pixels : numpy.ndarray
        uint8 [height, width].
    planes : tuple of numpy.ndarray
        Input of the detector: the pixels, or int16 [height, width] coefficients and their table.
    size : int
        Side of the windows, in pixels.
    corners : list of (int, int)
        Top and left of each window; they cover the picture, the last ones overlap their neighbours.
    """

    name: str
    frame: int | None
    pixels: NDArray[np.uint8]
    planes: tuple[NDArray[Any], ...]
    size: int
    corners: list[tuple[int, int]]

    def window(self, corner: tuple[int, int]) -> tuple[NDArray[Any], ...]:
        """Return the input of the detector for one window."""
        (top, left), (plane, *table) = corner, self.planes
        return np.ascontiguousarray(plane[top : top + self.size, left : left + self.size]), *table


def names(image: Input) -> list[str]:
    """Name the pictures of a file; none of a file that cannot be read."""
    from stegdata import folders
    from stegdata.formats import dicom_header

    if not folders.is_dicom_file(image.path.name, image.path):
        return [image.name]
    try:
        count = dicom_header.read(image.path, image.path.read_bytes()).frames
    except DataError:
        return []
    return [_frame_name(image, number if count > 1 else None) for number in range(1, count + 1)]


def _frame_name(image: Input, frame: int | None) -> str:
    return image.name if frame is None else f"{image.name}-{frame}"


def read(image: Input, size: int, domain: Domain) -> Iterator[Picture]:
    """Yield every frame of a DICOM file, or the one picture of another file.

    Raises
    ------
    DataError
        A file that cannot be read; a picture smaller than the detector's images; another format than JPEG for a
        detector of coefficients.
    """
    for frame, pixels, planes in _decoded(image, domain):
        height, width = pixels.shape
        if min(height, width) < size:
            raise DataError(
                f"{image.path}: expected {size}x{size} pixels or more, as the detector was trained on, got "
                f"{height}x{width}: leave it out; enlarging would invent pixels"
            )
        corners = [*product(_starts(height, size, domain.block), _starts(width, size, domain.block))]
        yield Picture(_frame_name(image, frame), frame, pixels, planes, size, corners)


def heat(picture: Picture, scores: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Draw a picture in grey, the redder the higher the mean score over a pixel's windows: uint8 [height, width, 3]."""
    total, count = np.zeros(picture.pixels.shape), np.zeros(picture.pixels.shape)
    for (top, left), score in zip(picture.corners, scores, strict=True):
        window = slice(top, top + picture.size), slice(left, left + picture.size)
        total[window] += score
        count[window] += 1
    share = HEAT * total / np.maximum(count, 1)
    grey = picture.pixels.astype(float)
    return np.rint(np.stack([grey + (255 - grey) * share, *[grey * (1 - share)] * 2], axis=-1)).astype(np.uint8)


def _starts(length: int, size: int, grid: int) -> list[int]:
    """Return starts of windows side by side, and of one at the end: of a JPEG, of its last whole block."""
    last = (length - size) // grid * grid
    return sorted({*range(0, last + 1, -(-size // grid) * grid), last})


def _decoded(image: Input, domain: Domain) -> Iterator[tuple[int | None, NDArray[np.uint8], tuple[NDArray[Any], ...]]]:
    """Yield frame, pixels as shards hold them, and the input of a detector of this domain."""
    from stegdata.files import read_bytes
    from stegdata.formats import dicom, dicom_header, images, jpeg

    if image.path.suffix.lower() in formats.JPEG:
        cover = jpeg.read(image.path)  # of colour the luminance
        coefficients = cover.coefficients[0], cover.quantization_tables[0]
        yield None, cover.luminance, {Domain.SPATIAL: (cover.luminance,), Domain.JPEG: coefficients}[domain]
        return
    if not Domain.SPATIAL.holds(domain):
        raise DataError(
            f"{image.path}: expected a JPEG, whose coefficients this detector was trained on, got another format"
        )
    content = read_bytes(image.path)
    if image.path.suffix.lower() != ".dcm" and not dicom_header.is_dicom(content[: dicom_header.HEAD]):
        pixels = images.decode(image.path, content)
        yield None, pixels, (pixels,)
        return
    count = dicom_header.read(image.path, content).frames
    if count == 0:
        raise DataError(f"{image.path}: expected a DICOM image, got a report, plan or other object: leave it out")
    for number, pixels in enumerate(dicom.frames(image.path, content, range(count) if count > 1 else [None]), 1):
        yield number if count > 1 else None, pixels, (pixels,)
