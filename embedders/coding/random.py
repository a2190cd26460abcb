"""Random messages that are really embedded, for coded stegos beside simulated ones, and what their codes lose."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

import embedders
from embedders import simulate
from embedders.coding.layers import FloatArray, embed_bits, extract_bits
from embedders.coding.messages import BINARY, costs_of
from embedders.interface import Embedding

#: Height of the code's columns.
HEIGHT = 10
#: Bounds of the logarithm of lambda in the search for a distortion.
LOG_LAMBDA = (-40.0, 40.0)


def embed_random(
    name: str, cover: NDArray[Any], *quantization_table: NDArray[Any], payload: float, seed: int
) -> Embedding:
    """Embed a random message of a payload by syndrome-trellis codes.

    Parameters
    ----------
    name, cover, *quantization_table, payload, seed
        As for `embedders.embed`; the seed gives message and order of elements.

    Returns
    -------
    Embedding
        `entropy_bits` are the bits of the message, which are carried; `coding_loss` as `coding_loss` gives it; `lam`
        is NaN.

    Raises
    ------
    EmbedderError
        As `embedders.embed`, and a message that does not fit.

    Examples
    --------
    >>> cover = np.random.default_rng(1).integers(0, 256, (64, 64), np.uint8)
    >>> made = embed_random("hill", cover, payload=0.4, seed=1)
    >>> made.message_bits, bool(0 < made.coding_loss < 0.2)
    (1638, True)
    """
    embedders.check_seed(seed)
    plane, (bits,) = embedders.message_sizes(name, cover, quantization_table, [payload])
    up, down = costs_of(name, plane, quantization_table, bits)
    message = np.random.default_rng(seed).integers(0, 2, bits, np.uint8)
    coded = embed_bits(plane, up, down, message, key=seed, height=HEIGHT, binary=name in BINARY)
    if not np.array_equal(extract_bits(coded.stego, coded.code, key=seed), message):
        raise AssertionError("the message cannot be read back: a fault of embedders.coding")
    loss = None if name in BINARY else coding_loss(up, down, bits, coded.distortion)
    return Embedding(coded.stego, coded.changes / plane.size, bits, float(bits), math.nan, loss)


def coding_loss(rho_p1: FloatArray, rho_m1: FloatArray, bits: int, distortion: float) -> float:
    """Share of the bits that a perfect code would carry at a distortion, and this one does not: 1 - m / H(D).

    Parameters
    ----------
    rho_p1, rho_m1 : numpy.ndarray
        Costs of +1 and -1, as of `embedders.costs`.
    bits : int
        Bits that are carried.
    distortion : float
        Sum of the costs of the changes.
    """
    from scipy.optimize import brentq

    up, down = (np.where(np.isfinite(rho), rho, 0) for rho in (rho_p1, rho_m1))

    def excess(log_lambda: float) -> float:
        p_p1, p_m1 = simulate.change_probabilities(rho_p1, rho_m1, math.exp(log_lambda))
        return float((up * p_p1).sum() + (down * p_m1).sum()) - distortion

    if excess(LOG_LAMBDA[0]) <= 0:  # as far as changes go
        return 1 - bits / simulate.capacity(rho_p1, rho_m1)
    log_lambda = brentq(excess, *LOG_LAMBDA, xtol=1e-4)
    return 1 - bits / simulate.entropy_bits(rho_p1, rho_m1, math.exp(log_lambda))
