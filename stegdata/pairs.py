"""A pair of a cover and its stego: one row of a shard."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embedders import Embedding
from stegdata.covers import Cover


@dataclass(frozen=True)
class Pair:
    """A cover and its stego.

    Attributes
    ----------
    name : str
        Name of the cover.
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
        int16 [height, width] of the cover's and of the stego's luminance, where a shard keeps these.
    coding_loss : float or None
        Of a message that is really embedded: see `embedders.Embedding`.
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
    coding_loss: float | None = None


def pair(cover: Cover, embedding: Embedding, *, keep_coefficients: bool = False) -> Pair:
    """Pair of a cover and what was embedded in it; of a JPEG with changes, and coefficients where these are kept."""
    plane, *table = cover.arrays
    height, width = cover.pixels.shape
    stego = cover.domain.pixels(embedding.stego, *table)[:height, :width]
    measured = (embedding.change_rate, embedding.entropy_bits, cover.domain.elements(plane))
    if not table:
        return Pair(cover.name, cover.pixels, stego, *measured, coding_loss=embedding.coding_loss)
    changes = (embedding.stego - plane).astype(np.int8)
    kept = (plane, embedding.stego.astype(np.int16)) if keep_coefficients else None
    return Pair(cover.name, cover.pixels, stego, *measured, table[0], changes, kept, embedding.coding_loss)
