"""Covers of one shard as PGM or JPEG files: written, and read one by one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from stegdata import checksums, progress
from stegdata.errors import DataError, named
from stegdata.files import atomic_folder
from stegdata.formats import images, jpeg
from stegdata.sources.source import Source
from stegdata.tiles import by_image, cut

#: Covers that were refused of which an error tells the names, beside the first.
TOLD = 20
T = TypeVar("T")


@dataclass(frozen=True)
class Cover:
    """A cover, and what a change of it changes.

    Attributes
    ----------
    name : str
        File name without ending.
    pixels : numpy.ndarray
        uint8 [height, width]; of a JPEG the luminance that libjpeg decodes.
    arrays : tuple of numpy.ndarray
        What is embedded in: the pixels; or int16 [height, width] DCT coefficients of the luminance, and its
        quantization table uint16 [8, 8].
    """

    name: str
    pixels: NDArray[np.uint8]
    arrays: tuple[NDArray[Any], ...]

    @property
    def elements(self) -> int:
        """Elements that the payload counts: pixels, or non-zero AC coefficients."""
        return self.pixels.size if len(self.arrays) == 1 else jpeg.nonzero_ac(self.arrays[0])


def make(folder: Path, source: Source, names: Sequence[str], *, size: int, resize: str, tiles: int = 1) -> None:
    """Write the named covers of a source as `<folder>/<name>.pgm`, size x size, with their checksums.

    The folder appears whole or not at all. With `tiles` an image is brought to tiles * size pixels, and cut into
    tiles x tiles covers.

    Raises
    ------
    DataError
        A cover that cannot be read or is too small (with its name), or a folder that cannot be written.
    """
    wanted = by_image(names, tiles)
    with atomic_folder(folder) as temporary:
        for image_name, image in progress.follow(source.read(list(wanted)), Path(folder).name, len(wanted)):
            try:
                resized = images.resize(image, size=tiles * size, method=resize)
            except DataError as error:
                raise DataError(f"{folder}: {image_name}: {error}") from error
            for name, place in wanted[image_name].items():
                (temporary / f"{name}.pgm").write_bytes(images.encode_pgm(cut(resized, place, size)))
        checksums.write(temporary)


def encode(folder: Path, cover_folder: Path, quality: int) -> None:
    """Compress every PGM of a folder to `<folder>/<name>.jpg`, grey, standard tables, with their checksums.

    The folder appears whole or not at all.

    Raises
    ------
    DataError
        No covers, one that cannot be read, or a folder that cannot be written.
    """
    with atomic_folder(folder) as temporary:
        for file in progress.follow(listed(cover_folder), Path(folder).name):
            jpeg.encode(temporary / f"{file.stem}.jpg", images.read_pgm(file), quality)
        checksums.write(temporary)


def listed(folder: Path) -> list[Path]:
    """Sorted files of the covers of a folder; DataError where there is none."""
    found = sorted(file for file in Path(folder).glob("*.*") if file.suffix in (".pgm", ".jpg"))
    if not found:
        raise DataError(f"{folder}: expected covers (*.pgm or *.jpg), found none: make the covers again")
    return found


def read(file: Path) -> Cover:
    """Read a cover that `make` or `encode` wrote; DataError where it is something else."""
    if file.suffix == ".pgm":
        pixels = images.read_pgm(file)
        return Cover(file.stem, pixels, (pixels,))
    image = jpeg.read(file)
    return Cover(file.stem, image.luminance, (image.coefficients[0], image.quantization_tables[0]))


def each(folder: Path, call: Callable[..., T]) -> Iterator[tuple[Cover, T]]:
    """Call with the name and the arrays of every cover of a folder.

    Yields
    ------
    cover : Cover
    result : object
        What the call returned.

    Raises
    ------
    DataError
        No covers, one that cannot be read; or, after the last one, calls that failed, with all their covers named.
    """
    refused: list[tuple[str, DataError]] = []
    for file in listed(folder):
        cover = read(file)
        try:
            result = named(file, call, cover.name, *cover.arrays)
        except DataError as error:
            refused.append((cover.name, error))
            continue
        yield cover, result
    if refused:
        names = [name for name, _ in refused[1 : TOLD + 1]]
        ellipsis = ", ..." if len(refused) > TOLD + 1 else ""
        more = f" ({len(refused) - 1} more: {', '.join(names)}{ellipsis})" if names else ""
        raise DataError(f"{refused[0][1]}{more}. Name such covers under `exclude` of their source in config.yaml")
