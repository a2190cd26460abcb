"""Covers of one shard as PGM or JPEG files: written, and read one by one."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from stegdata import checksums, progress
from stegdata.errors import DataError, Refused, with_others
from stegdata.files import atomic_folder
from stegdata.folders import is_system
from stegdata.formats import images, jpeg
from stegdata.sources.source import Source
from stegdata.tiles import by_image, cut

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
        A cover that cannot be read; covers that are too small, all of them; or a folder that cannot be written.
    """
    wanted = by_image(names, tiles)
    refused: dict[str, str] = {}
    with atomic_folder(folder) as temporary:
        for image_name, image in progress.follow(source.read(list(wanted)), Path(folder).name, len(wanted)):
            try:
                resized = images.resize(image, size=tiles * size, method=resize)
            except DataError as error:
                refused[image_name] = str(error)
                continue
            for name, place in wanted[image_name].items():
                (temporary / f"{name}.pgm").write_bytes(images.encode_pgm(cut(resized, place, size)))
        if refused:
            (first, reason), *rest = refused.items()
            raise DataError(with_others(f"{folder}: {first}: {reason}", [name for name, _ in rest]))
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
        found = listed(cover_folder)
        for file in progress.follow(checksums.check(found), Path(folder).name, len(found)):
            jpeg.encode(temporary / f"{file.stem}.jpg", images.read_pgm(file), quality)
        checksums.write(temporary)


def listed(folder: Path) -> list[Path]:
    """Sorted files of the covers of a folder; DataError where there is none."""
    files = Path(folder).glob("*.*")
    found = sorted(file for file in files if file.suffix in (".pgm", ".jpg") and not is_system(file.name))
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


def each(folder: Path, call: Callable[..., T], without: Collection[str] = ()) -> Iterator[tuple[Cover, T]]:
    """Call with the name and the arrays of every cover of a folder, but for those to be left out.

    Yields
    ------
    cover : Cover
    result : object
        What the call returned.

    Raises
    ------
    DataError
        No covers, one that cannot be read.
    Refused
        After the last one: calls that failed, with all their covers and reasons.
    """
    refused: dict[str, str] = {}
    for file in checksums.check(file for file in listed(folder) if file.stem not in without):
        cover = read(file)
        try:
            result = call(cover.name, *cover.arrays)
        except ValueError as error:
            refused[str(file)] = str(error)
            continue
        yield cover, result
    if refused:
        raise _refused(refused)


def _refused(reasons: Mapping[str, str]) -> Refused:
    (first, reason), *rest = reasons.items()
    covers = {Path(file).stem: reason for file, reason in reasons.items()}
    return Refused(with_others(f"{first}: {reason}", [Path(file).stem for file, _ in rest]), covers)


def leaving_out(allowed: int, run: Callable[[Mapping[str, str]], T]) -> T:
    """Run on all covers; where some are refused, but no more than allowed, once more without them.

    Parameters
    ----------
    allowed : int
        Covers that may be left out.
    run : callable
        Takes what to leave out, cover name -> reason.

    Raises
    ------
    Refused
        With all covers that were refused, where these are more.
    """
    try:
        return run({})
    except Refused as error:
        if len(error.covers) > allowed:
            raise Refused(
                f"{error}. Left out may be {allowed} of them: raise `left_out` of their source in config.yaml, or name "
                "such covers under `exclude`",
                error.covers,
            ) from error
        return run(error.covers)
