"""Pairs of a cover and its stego, one by one: what a shard is made of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from stegdata import images, jpeg
from stegdata.errors import DataError


@dataclass(frozen=True)
class Pair:
    """A cover and its stego.

    Attributes
    ----------
    name : str
        The cover's.
    cover, stego : numpy.ndarray
        uint8 [height, width]; of a JPEG the luminance.
    change_rate : float
        Share of changed elements: pixels, or coefficients of the luminance.
    entropy_bits : float
        Bits carried by the change probabilities; of a ready-made pair an estimate.
    elements : int
        Elements that the payload counts: pixels, or non-zero AC coefficients.
    quantization_table : numpy.ndarray or None
        uint16 [8, 8] of the luminance of a JPEG.
    coefficients : tuple of numpy.ndarray or None
        int16 [height, width] of the cover's and of the stego's luminance, where these are to be kept.
    """

    name: str
    cover: NDArray[np.uint8]
    stego: NDArray[np.uint8]
    change_rate: float
    entropy_bits: float
    elements: int
    quantization_table: NDArray[np.uint16] | None = None
    coefficients: tuple[NDArray[np.int16], NDArray[np.int16]] | None = None


#: Covers that cannot be embedded of which an error tells the names, beside the first.
TOLD = 20
T = TypeVar("T")

#: (cover name, cover) -> stego, change rate, entropy in bits.
EmbedPixels = Callable[[str, NDArray[np.uint8]], tuple[NDArray[np.uint8], float, float]]
#: (cover name, coefficients, quantization table) -> stego coefficients, its pixels, change rate, entropy in bits.
EmbedCoefficients = Callable[
    [str, NDArray[np.int16], NDArray[np.uint16]], tuple[NDArray[np.int16], NDArray[np.uint8], float, float]
]


def from_pgm(folder: Path, embed: EmbedPixels) -> Iterator[Pair]:
    """Embed every PGM of a folder.

    Raises
    ------
    DataError
        No covers; or, after the last one, embeddings that failed, with all their covers named.
    """
    return (pair for (pair,) in several_from_pgm(folder, lambda *cover: [embed(*cover)]))


def several_from_pgm(folder: Path, embed: Callable[..., list[Any]]) -> Iterator[list[Pair]]:
    """Embed every PGM of a folder several times: `embed` returns a list of what `EmbedPixels` does, as `from_pgm`."""
    refused: list[str] = []
    for file in files(folder, "*.pgm"):
        cover = images.read_pgm(file)
        if made := _attempt(refused, file, embed, file.stem, cover):
            yield [Pair(file.stem, cover, stego, rate, bits, cover.size) for stego, rate, bits in made]
    _raise(refused)


def from_jpeg(folder: Path, embed: EmbedCoefficients, *, keep_coefficients: bool = False) -> Iterator[Pair]:
    """Embed the luminance of every JPEG of a folder; the pixels are those that libjpeg decodes, cropped to the image.

    Raises
    ------
    DataError
        No covers, a file that is no such JPEG; or, after the last one, embeddings that failed, with all their covers.
    """
    several = several_from_jpeg(folder, lambda *cover: [embed(*cover)], keep_coefficients=keep_coefficients)
    return (pair for (pair,) in several)


def several_from_jpeg(
    folder: Path, embed: Callable[..., list[Any]], *, keep_coefficients: bool = False
) -> Iterator[list[Pair]]:
    """Embed every JPEG of a folder several times: `embed` returns a list of what `EmbedCoefficients` does."""
    refused: list[str] = []
    for file in files(folder, "*.jpg"):
        cover = jpeg.read(file)
        plane, table = cover.coefficients[0], cover.quantization_tables[0]
        made = _attempt(refused, file, embed, file.stem, plane, table)
        if made is None:
            continue
        yield [
            Pair(
                file.stem,
                cover.luminance,
                pixels[: cover.height, : cover.width],
                rate,
                bits,
                nonzero_ac(plane),
                table,
                (plane, stego.astype(np.int16)) if keep_coefficients else None,
            )
            for stego, pixels, rate, bits in made
        ]
    _raise(refused)


def nonzero_ac(coefficients: NDArray[np.int16]) -> int:
    """AC coefficients that are not zero, of a plane with its 8x8 blocks in place."""
    return int(np.count_nonzero(coefficients) - np.count_nonzero(coefficients[::8, ::8]))


def files(folder: Path, pattern: str) -> list[Path]:
    """Sorted files of a folder; DataError where there is none."""
    found = sorted(Path(folder).glob(pattern))
    if not found:
        raise DataError(f"{folder}: expected covers ({pattern}), found none: make the covers again")
    return found


def named(file: Path, call: Callable[..., T], *arguments: object) -> T:
    """Call, and let a refusal be a DataError that names the file."""
    try:
        return call(*arguments)
    except ValueError as error:
        raise DataError(f"{file}: {error}") from error


def _attempt(refused: list[str], file: Path, call: Callable[..., T], *arguments: object) -> T | None:
    """Call; note a refusal and return None, so that one run tells of all covers that cannot be embedded."""
    try:
        return named(file, call, *arguments)
    except DataError as error:
        refused.append(str(error))
        return None


def _raise(refused: list[str]) -> None:
    if refused:
        names = [Path(line.partition(":")[0]).stem for line in refused[1 : TOLD + 1]]
        more = (
            f" ({len(refused) - 1} more: {', '.join(names)}{', ...' if len(refused) > TOLD + 1 else ''})"
            if names
            else ""
        )
        raise DataError(f"{refused[0]}{more}. Name such covers under `exclude` of their source in config.yaml")
