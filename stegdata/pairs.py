"""Pairs of a cover and its stego, one by one: what a shard is made of."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stegdata import covers


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
        Bits carried by the change probabilities; of a precomputed pair an estimate.
    elements : int
        Elements that the payload counts: pixels, or non-zero AC coefficients.
    quantization_table : numpy.ndarray or None
        uint16 [8, 8] of the luminance of a JPEG.
    changes : numpy.ndarray or None
        int8 [height, width], stego less cover, of the luminance's coefficients.
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
    changes: NDArray[np.int8] | None = None
    coefficients: tuple[NDArray[np.int16], NDArray[np.int16]] | None = None


class Embedded(Protocol):
    """What embedding gives: `embedders.Embedding`."""

    @property
    def stego(self) -> NDArray[Any]:
        """Shape and dtype of the cover."""

    @property
    def change_rate(self) -> float:
        """Share of changed elements."""

    @property
    def entropy_bits(self) -> float:
        """Bits that the change probabilities carry."""


#: (coefficients, quantization table) -> pixels as libjpeg decodes them.
Decode = Callable[[NDArray[np.int16], NDArray[np.uint16]], NDArray[np.uint8]]


def embedded(
    folder: Path,
    embed: Callable[..., Embedded],
    decode: Decode,
    *,
    keep_coefficients: bool = False,
    without: Collection[str] = (),
) -> Iterator[Pair]:
    """Embed every cover of a folder.

    Parameters
    ----------
    folder : Path
        Covers of one shard: PGM, or JPEG, whose luminance is embedded.
    embed : callable
        (cover name, pixels), or (cover name, coefficients, quantization table) -> Embedded.
    decode : callable
        How stego coefficients become pixels.
    keep_coefficients : bool
        Keep the coefficients of JPEG covers and of their stegos.
    without : collection of str
        Names of covers to leave out.

    Raises
    ------
    DataError
        As `stegdata.covers.each`.
    """
    for cover, made in covers.each(folder, embed, without):
        measured = (made.change_rate, made.entropy_bits, cover.elements)
        if len(cover.arrays) == 1:
            yield Pair(cover.name, cover.pixels, made.stego, *measured)
            continue
        plane, table = cover.arrays
        height, width = cover.pixels.shape
        stego = decode(made.stego, table)[:height, :width]
        kept = (plane, made.stego.astype(np.int16)) if keep_coefficients else None
        yield Pair(cover.name, cover.pixels, stego, *measured, table, (made.stego - plane).astype(np.int8), kept)
