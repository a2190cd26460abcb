"""What every embedding goes through: checks, then change probabilities that carry a message."""

import importlib
import math
import numbers
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders.interface import Embedder, EmbedderError
from embedders.registry import EMBEDDERS


def load(name: str) -> tuple[Embedder, ModuleType, ModuleType]:
    """Entry of the registry, module of the method, module of its domain; EmbedderError for an unknown name."""
    if name not in EMBEDDERS:
        raise EmbedderError(f"embedder: expected one of {', '.join(EMBEDDERS)}, got {name!r}")
    embedder = EMBEDDERS[name]
    method = importlib.import_module(f"embedders.{name.replace('-', '_')}")
    return embedder, method, importlib.import_module(f"embedders.{embedder.domain}")


#: p_p1, p_m1, their entropy in bits, lambda.
Solution = tuple[NDArray[np.float64], NDArray[np.float64], float, float]


def solve(
    name: str, cover: NDArray[Any], quantization_table: tuple[NDArray[Any], ...], payloads: Sequence[float]
) -> tuple[NDArray[Any], Iterator[tuple[int, Solution]]]:
    """Checked cover; bits of the message and what carries them, of each payload: costs are computed once for all."""
    embedder, method, domain = load(name)
    for payload in payloads:
        check_payload(embedder, payload)
    cover = domain.check(cover, *quantization_table)
    elements = domain.count(cover)
    messages = [round(float(payload) * elements) for payload in payloads]
    for payload, message_bits in zip(payloads, messages, strict=True):
        if message_bits == 0:
            raise EmbedderError(
                f"payload: {payload:g} {embedder.unit} of a cover with {elements} such elements is no bit at all: "
                "raise the payload or leave this cover out"
            )
    find, _ = sender(method, domain, cover, quantization_table)
    return cover, ((message_bits, find(message_bits)) for message_bits in messages)


def sender(
    method: ModuleType, domain: ModuleType, cover: NDArray[Any], table: tuple[NDArray[Any], ...]
) -> tuple[Callable[[float], Solution], float]:
    """What depends on the cover alone: bits -> p_p1, p_m1, entropy in bits, lambda; and the capacity in bits."""
    if not hasattr(method, "cost"):
        fisher = method.wet_information(cover, *table)
        return partial(method.solve, fisher), np.count_nonzero(np.isfinite(fisher)) * math.log2(3)
    simulate = importlib.import_module("embedders.simulate")
    costs = simulate.measure(*domain.wet(cover, method.cost(cover, *table)))
    return partial(simulate.solve, costs), costs.capacity


def check_payload(embedder: Embedder, payload: object) -> None:
    """Raise EmbedderError unless the payload is a positive, finite number."""
    number = isinstance(payload, numbers.Real) and not isinstance(payload, bool)
    if not (number and math.isfinite(payload) and payload > 0):
        raise EmbedderError(f"payload: expected a positive number of {embedder.unit}, got {payload!r}")


def check_seed(seed: object) -> None:
    """No default may stand in for a seed: without it a stego could not be made again."""
    if not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or seed < 0:
        raise EmbedderError(f"seed: expected a whole number of zero or more, got {seed!r}")
