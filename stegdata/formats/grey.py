"""Files of one grey image whose pixels are taken as they are: what a spatial embedder reads and writes."""

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stegdata.errors import DataError
from stegdata.files import atomic_write, read_bytes
from stegdata.formats import GREY, images


def read(path: Path) -> NDArray[np.uint8]:
    """Read a PGM or PNG of 8-bit grey, and nothing that would have to be converted first.

    Parameters
    ----------
    path : Path
        The file; a stego of converted pixels would have another cover than this file.

    Returns
    -------
    numpy.ndarray
        uint8 [height, width].

    Raises
    ------
    DataError
        Any other format, colour, alpha, palette or depth; a damaged file.
    """
    path = Path(path)
    data = read_bytes(path)
    if data[:2] == b"P5":
        return images.read_pgm(path)
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise DataError(
            f"{path}: expected a binary PGM or a PNG, got bytes that begin with {data[:8]!r}: convert it "
            "(stegdata.images.read, then write_pgm), and take the result as the cover"
        )
    pixels = images.read(path)
    with Image.open(BytesIO(data)) as image:
        if image.mode != "L":
            raise DataError(
                f"{path}: expected grey, got {image.mode}: convert it (stegdata.images.read, then write_pgm), and take "
                "the result as the cover"
            )
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
