"""Descriptions of embedders, results of embedding, and the error of the package."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from embedders.domains import Domain


class EmbedderError(ValueError):
    """A cover, payload or embedder that cannot be embedded; the message says what, expected and got, what to do."""


@dataclass(frozen=True)
class Embedder:
    """A steganographic method, as the registry knows it without loading its code.

    Attributes
    ----------
    name : str
        Name in configuration and paths.
    domain : Domain
        What is changed: pixels, or quantized DCT coefficients.
    version : int
        Raised whenever the same cover, payload and seed give another stego.
    citation : str
        The paper that defines it.
    """

    name: str
    domain: Domain
    version: int
    citation: str

    @property
    def unit(self) -> str:
        """Unit of its payload: bpp or bpnzAC."""
        return self.domain.unit


@dataclass(frozen=True)
class Embedding:
    """A stego and what was measured while it was made.

    Attributes
    ----------
    stego : numpy.ndarray
        Shape and dtype of the cover.
    change_rate : float
        Share of all elements (pixels or coefficients) that were changed.
    message_bits : int
        Requested bits: payload times the number of elements that the unit counts, rounded.
    entropy_bits : float
        Bits the change probabilities carry: what a perfect code would embed.
    lam : float
        The Lagrange multiplier at which the two meet.
    """

    stego: np.ndarray
    change_rate: float
    message_bits: int
    entropy_bits: float
    lam: float


class Solution(NamedTuple):
    """Change probabilities that carry a message.

    Attributes
    ----------
    p_p1, p_m1 : numpy.ndarray
        float64, shape of the cover: probabilities of +1 and of -1; exactly 0 where wet.
    entropy_bits : float
        Bits that they carry.
    lam : float
        The Lagrange multiplier.
    """

    p_p1: NDArray[np.float64]
    p_m1: NDArray[np.float64]
    entropy_bits: float
    lam: float
