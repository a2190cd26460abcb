"""Covers of one shard as PGM or JPEG files: written, and read one by one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from embedders import Domain, FunctionError
from stegdata import checksums, progress
from stegdata.errors import DataError, Refused, with_others
from stegdata.files import atomic_folder
from stegdata.folders import Faults, is_system
from stegdata.formats import images, jpeg
from stegdata.sources import Source
from stegdata.tiles import by_image, cut, fitting

T = TypeVar("T")


@dataclass(frozen=True)
class Cover:
    """A cover as read.

    Attributes
    ----------
    name : str
        File name without ending.
    domain : Domain
    pixels : numpy.ndarray
        uint8 [height, width]; of a JPEG the luminance that libjpeg decodes.
    arrays : tuple of numpy.ndarray
        Arguments of an embedder: the pixels; or int16 [height, width] DCT coefficients of the luminance, and its
        quantization table uint16 [8, 8].
    """

    name: str
    domain: Domain
    pixels: NDArray[np.uint8]
    arrays: tuple[NDArray[Any], ...]


def make(folder: Path, source: Source, names: Sequence[str], *, size: int, resize: str, tiles: int = 1) -> None:
    """Write the named covers of a source as `<folder>/<name>.pgm`, size x size, with their checksums.

    The folder appears whole or not at all. With `tiles` an image is brought to tiles * size pixels, and cut into
    tiles x tiles covers; if it is cropped and smaller, as many as fit.

    Raises
    ------
    DataError
        Covers that cannot be read or are too small, all of them; or a folder that cannot be written.
    """
    tiles_of = by_image(names, tiles)
    faults = Faults()
    with atomic_folder(folder, replace=True) as temporary:
        with faults.of(folder):
            for image_name, image in progress.follow(source.read(list(tiles_of)), Path(folder).name, len(tiles_of)):
                with faults.of(image_name):
                    along = fitting(image.shape, size, tiles) if resize == "crop" else tiles
                    try:
                        resized = images.resize(image, size=along * size, method=resize)
                    except DataError as error:
                        raise DataError(f"{folder}: {image_name}: {error}") from error
                    for name, index in tiles_of[image_name].items():
                        (temporary / f"{name}.pgm").write_bytes(images.encode_pgm(cut(resized, index, size)))
        faults.check()
        checksums.write(temporary)


def encode(folder: Path, cover_folder: Path, quality: int) -> None:
    """Compress every PGM of a folder to `<folder>/<name>.jpg`, grey, standard tables, with their checksums.

    The folder appears whole or not at all; DataError without covers, or where one cannot be read or written.
    """
    with atomic_folder(folder, replace=True) as temporary:
        files = listed(cover_folder)
        for file in progress.follow(checksums.check(files), Path(folder).name, len(files)):
            jpeg.encode(temporary / f"{file.stem}.jpg", images.read_pgm(file), quality)
        checksums.write(temporary)


def listed(folder: Path) -> list[Path]:
    """Sorted files of the covers of a folder; DataError where there is none."""
    endings = {domain.suffix for domain in Domain}
    files = sorted(file for file in Path(folder).glob("*.*") if file.suffix in endings and not is_system(file.name))
    if not files:
        raise DataError(f"{folder}: expected covers (*.pgm or *.jpg), found none: make the covers again")
    return files


def read(file: Path) -> Cover:
    """Read a cover that `make` or `encode` wrote; DataError where it is something else."""
    if file.suffix == Domain.SPATIAL.suffix:
        pixels = images.read_pgm(file)
        return Cover(file.stem, Domain.SPATIAL, pixels, (pixels,))
    image = jpeg.read(file)
    return Cover(file.stem, Domain.JPEG, image.luminance, (image.coefficients[0], image.quantization_tables[0]))


def each(folder: Path) -> Iterator[Cover]:
    """Read the covers of a folder one by one; DataError without covers, or at one that is not as it was written."""
    return map(read, checksums.check(listed(folder)))


def accepted(
    folder: Path, function: Callable[[Cover], T], refused: dict[str, str], left_out: int
) -> Iterator[tuple[Cover, T]]:
    """Yield the covers of a folder with what an embedder makes of each; those that it refuses go to `refused`.

    Raises DataError where a cover cannot be read or a user's own function fails; Refused, after the last cover, where
    more were refused than may be left out.
    """
    for cover in each(folder):
        try:
            made = function(cover)
        except FunctionError as error:
            raise DataError(f"{error} (cover {Path(folder) / cover.name})") from error
        except ValueError as error:
            refused[cover.name] = str(error)
        else:
            yield cover, made
    if len(refused) > left_out:
        (first, reason), *rest = refused.items()
        file = next((file for file in listed(folder) if file.stem == first), first)
        raise Refused(
            f"{with_others(f'{file}: {reason}', [name for name, _ in rest])}. Left out may be {left_out} of them: "
            "raise `left_out` of their source in config.yaml, or name such covers under `exclude`",
            refused,
        )
