"""Read and write the files of a spatial embedder: PGM and PNG of 8-bit grey, pixels as they are."""

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stegdata.errors import DataError
from stegdata.files import atomic_write, read_bytes
from stegdata.formats import GREY, images


def read(path: Path) -> NDArray[np.uint8]:
    """Read a PGM or PNG of 8-bit grey as uint8 [height, width].

    Nothing is converted: a stego of converted pixels would have another cover than this file.

    Raises
    ------
    DataError
        Any other format, colour, alpha, palette or depth; a damaged file.
    """
    path = Path(path)
    data = read_bytes(path)
    if data[:2] == b"P5":
        return images.read_pgm(path)
    advice = "convert it (stegdata.images.read, then write_pgm), and take the result as the cover"
    if not data.startswith(images.PNG):
        raise DataError(f"{path}: expected a binary PGM or a PNG, got bytes that begin with {data[:8]!r}: {advice}")
    pixels = images.decode(path, data)
    with Image.open(BytesIO(data)) as image:
        if image.mode != "L":
            raise DataError(f"{path}: expected grey, got {image.mode}: {advice}")
    return pixels


def write(path: Path, image: NDArray[np.uint8]) -> None:
    """Write uint8 [height, width] as PGM or PNG, by the ending, whole or not at all.

    Raises
    ------
    DataError
        Another ending or image; a file that cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() in (".pgm", ".pnm"):
        images.write_pgm(path, image)
    elif path.suffix.lower() == ".png":
        with atomic_write(path) as temporary:
            Image.fromarray(image).save(temporary, "PNG")
    else:
        raise DataError(f"{path}: expected the ending {', '.join(GREY)}, got {path.suffix!r}: rename it")
