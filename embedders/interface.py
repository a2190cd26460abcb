"""Descriptions of embedders, results of embedding, and the error of the package."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embedders.domains import Domain

#: Costs of +1 and of -1, float64, shape of the cover; >= 0, `inf` where wet.
Costs = tuple[NDArray[np.float64], NDArray[np.float64]]


class EmbedderError(ValueError):
    """A cover, payload or embedder that cannot be embedded; the message says what, expected and got, what to do."""


class FunctionError(EmbedderError):
    """A function of a user's own embedder that fails: a fault of the function, so that no cover is left out for it."""


@dataclass(frozen=True)
class Embedder:
    """A steganographic method, as the registry knows it without loading its code.

    Its functions take a checked cover, of the JPEG domain with its quantization table.

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
    costs : str, callable or None
        `module.function` of this package, or a function: costs of +1 and of -1, float64 [height, width], `inf` where
        wet. Or, where they are equal and only wet at the ends of the range, one such array. None of an embedder that
        works on probabilities.
    simulator : str or None
        `module.function` that gives the simulator of a cover; None where it is the additive one of the costs.
    instead : str
        Function that users of an embedder without costs may call.
    """

    name: str
    domain: Domain
    version: int
    citation: str
    costs: str | Callable[..., Any] | None
    simulator: str | None = None
    instead: str = "embedders.change_probabilities"

    @property
    def unit(self) -> str:
        """Unit of its payload: bpp or bpnzAC."""
        return self.domain.unit

    def load(self, function: str | Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of this embedder; its module, and Numba, are loaded on first use."""
        if callable(function):
            return function
        module, _, name = function.partition(".")
        return getattr(import_module(f"embedders.{module}"), name)


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
    coding_loss : float or None
        Of a message that is really embedded: share of the bits that a perfect code would carry at the same distortion.
    """

    stego: np.ndarray
    change_rate: float
    message_bits: int
    entropy_bits: float
    lam: float
    coding_loss: float | None = None


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
