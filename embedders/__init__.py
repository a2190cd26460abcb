"""Steganographic embedders, simulated at the rate-distortion bound: arrays in, arrays out, no files and no paths.

All functions take the name of an embedder and a cover: in the spatial domain uint8 [height, width]; in the JPEG domain
int [height, width], the quantized DCT coefficients of one component, 8x8 blocks in place, and its quantization table,
int [8, 8]. They raise EmbedderError for an unknown name and for anything else than such a cover.
"""

import math
import numbers
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import lazy_loader
import numpy as np
from numpy.typing import NDArray

from embedders.domains import Domain
from embedders.interface import Costs, Embedder, EmbedderError, Embedding, FunctionError
from embedders.registry import EMBEDDERS, register

if TYPE_CHECKING:
    from embedders.simulate import Simulator

__all__ = [
    "EMBEDDERS",
    "Domain",
    "Embedder",
    "EmbedderError",
    "Embedding",
    "FunctionError",
    "change_probabilities",
    "cost",
    "costs",
    "embed",
    "embed_payloads",
    "embed_planes",
    "estimate_bits",
    "register",
    "simulate",
]

# on first use: planning a workflow must not load Numba
_MODULES = "coding dct ebs hill hugo jmipod jpeg juniward lsbm mipod nsf5 simulate spatial suniward ued uerd wow"
__getattr__, _, _ = lazy_loader.attach(__name__, _MODULES.split())


def costs(name: str, cover: NDArray[Any], *quantization_table: NDArray[Any]) -> Costs:
    """Compute the costs of changing each element by +1 and by -1.

    Returns
    -------
    rho_p1, rho_m1 : numpy.ndarray
        float64 [height, width]; `inf` where wet, as for +1 at pixels of 255.

    Raises
    ------
    EmbedderError
        Also for an embedder without costs.

    Examples
    --------
    >>> rho_p1, rho_m1 = embedders.costs("suniward", np.full((16, 16), 255, np.uint8))
    >>> bool(np.isinf(rho_p1).all()), bool(np.isfinite(rho_m1).all())
    (True, True)
    """
    embedder = _named(name)
    plane = embedder.domain.check(cover, *quantization_table)
    if embedder.costs is None:
        raise EmbedderError(
            f"{name} works on probabilities, not on costs: expected another embedder, or use {embedder.instead}"
        )
    return _of_both_signs(embedder.domain, plane, embedder.load(embedder.costs)(plane, *quantization_table))


def cost(name: str, cover: NDArray[Any], *quantization_table: NDArray[Any]) -> NDArray[np.float64]:
    """Compute the cost map of an embedder whose costs of +1 and -1 are equal where both can be made.

    Returns
    -------
    numpy.ndarray
        rho float64 [height, width], of a change by one in either direction; `inf` where neither can be made.

    Raises
    ------
    EmbedderError
        As `costs`; an embedder whose costs of +1 and -1 differ.
    """
    rho_p1, rho_m1 = costs(name, cover, *quantization_table)
    both = np.isfinite(rho_p1) & np.isfinite(rho_m1)
    if not np.array_equal(rho_p1[both], rho_m1[both]):
        raise EmbedderError(f"{name}: expected one cost for +1 and -1, got costs that differ: use embedders.costs")
    return np.minimum(rho_p1, rho_m1)


def embed(name: str, cover: NDArray[Any], *quantization_table: NDArray[Any], payload: float, seed: int) -> Embedding:
    """Embed a random message of the given payload.

    Parameters
    ----------
    payload : float
        In the embedder's unit: bits per pixel (bpp) or per non-zero AC coefficient (bpnzAC), > 0.
    seed : int
        Seed of PCG64; `simulate.stego_seed` makes one for each stego.

    Returns
    -------
    Embedding
        The stego, with shape and dtype of the cover, and what was measured.

    Raises
    ------
    EmbedderError
        Also for a payload that is not positive and finite or is above the capacity, an all-wet cover, a message so
        short that nothing was changed.
    """
    check_seed(seed)
    plane, simulator, (message_bits,) = _prepare(name, cover, quantization_table, [payload])
    return _draw(plane, simulator, message_bits, seed)


def embed_payloads(
    name: str, cover: NDArray[Any], *quantization_table: NDArray[Any], payloads: Sequence[float], seeds: Sequence[int]
) -> list[Embedding]:
    """Embed at several payloads, each with its seed, to the same bits as `embed` at each; costs are computed once.

    Each lambda is found from the cover alone, not from the payload before: the last bits of a Newton step depend on
    where it started, and a stego must not depend on what else was embedded.
    """
    if len(payloads) != len(seeds):
        raise EmbedderError(f"seeds: expected one for each of {len(payloads)} payloads, got {len(seeds)}")
    for seed in seeds:
        check_seed(seed)
    plane, simulator, messages = _prepare(name, cover, quantization_table, payloads)
    return [_draw(plane, simulator, bits, seed) for bits, seed in zip(messages, seeds, strict=True)]


def change_probabilities(
    name: str, cover: NDArray[Any], *quantization_table: NDArray[Any], payload: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the probabilities of the changes that `embed` draws from.

    Returns
    -------
    p_p1, p_m1 : numpy.ndarray
        float64 [height, width], of +1 and of -1; 0 where the element is wet.
    """
    _, simulator, (message_bits,) = _prepare(name, cover, quantization_table, [payload])
    solution = simulator.solve(message_bits)
    return solution.p_p1, solution.p_m1


def embed_planes(
    name: str,
    planes: Sequence[NDArray[Any]],
    quantization_tables: Sequence[NDArray[Any]],
    *,
    payload: float,
    seed: int,
    channels: Literal["luminance", "all"] = "luminance",
) -> list[Embedding | None]:
    """Embed into the components of a colour JPEG: into the luminance, or into each with its own table.

    Parameters
    ----------
    name : str
        An embedder of the JPEG domain.
    planes, quantization_tables : sequence of numpy.ndarray
        Coefficients and table of each component, luminance first.
    payload : float
        In bpnzAC of each component.
    seed : int
        Of the luminance; the other components take seeds derived from it.
    channels : {"luminance", "all"}
        "all" is how ALASKA2 was made.

    Returns
    -------
    list of Embedding or None
        One a component; None for a component that was not requested, or whose few bits changed nothing.
    """
    if channels not in ("luminance", "all"):
        raise EmbedderError(f"channels: expected luminance or all, got {channels!r}")
    if not 0 < len(planes) == len(quantization_tables):
        raise EmbedderError(
            f"planes: expected one or more, each with its quantization table, got {len(planes)} planes and "
            f"{len(quantization_tables)} tables"
        )
    embeddings: list[Embedding | None] = [None] * len(planes)
    embeddings[0] = embed(name, planes[0], quantization_tables[0], payload=payload, seed=seed)
    domain = EMBEDDERS[name].domain
    for number in range(1, len(planes) if channels == "all" else 1):
        plane, table = planes[number], quantization_tables[number]
        if round(payload * domain.elements(domain.check(plane, table))) > 0:
            plane, simulator, (message_bits,) = _prepare(name, plane, (table,), [payload])
            embedding = _draw(plane, simulator, message_bits, _component_seed(seed, number), may_change_nothing=True)
            embeddings[number] = embedding if embedding.change_rate > 0 else None
    return embeddings


def estimate_bits(name: str, cover: NDArray[Any], *quantization_table: NDArray[Any], changes: int) -> float:
    """Estimate the bits that a ready-made stego with so many changes carries, if this embedder made it.

    Returns
    -------
    float
        Bits, to 0.1 %; at most 99 % of the capacity.
    """
    from embedders import simulate

    if changes < 0:
        raise EmbedderError(f"changes: expected a count of zero or more, got {changes}")
    _, simulator, _ = _prepare(name, cover, quantization_table, [])
    if changes == 0 or simulator.capacity == 0:  # of an all-wet cover
        return 0.0
    return simulate.bits_of_changes(simulator, changes)


def _named(name: str) -> Embedder:
    if name not in EMBEDDERS:
        raise EmbedderError(f"embedder: expected one of {', '.join(EMBEDDERS)}, got {name!r}")
    return EMBEDDERS[name]


def message_sizes(
    name: str, cover: NDArray[Any], quantization_table: tuple[NDArray[Any], ...], payloads: Sequence[float]
) -> tuple[NDArray[Any], list[int]]:
    """Return the checked cover and the message bits of each payload; EmbedderError as `embed`."""
    embedder = _named(name)
    for payload in payloads:
        _check_payload(embedder.unit, payload)
    plane = embedder.domain.check(cover, *quantization_table)
    elements = embedder.domain.elements(plane)
    messages = [round(float(payload) * elements) for payload in payloads]
    if 0 in messages:
        raise EmbedderError(
            f"payload: {payloads[messages.index(0)]:g} {embedder.unit} of a cover with {elements} such elements is no "
            "bit at all: raise the payload or leave this cover out"
        )
    return plane, messages


def _prepare(
    name: str, cover: NDArray[Any], quantization_table: tuple[NDArray[Any], ...], payloads: Sequence[float]
) -> "tuple[NDArray[Any], Simulator, list[int]]":
    """Return the checked cover, its simulator, and the message bits of each payload."""
    from embedders import simulate

    embedder, (plane, messages) = _named(name), message_sizes(name, cover, quantization_table, payloads)
    function = embedder.load(embedder.simulator or embedder.costs or "")
    computed = function(plane, *quantization_table)
    if embedder.simulator is None:
        computed = simulate.Ternary(*_of_both_signs(embedder.domain, plane, computed))
    return plane, computed, messages


def _of_both_signs(domain: Domain, plane: NDArray[Any], rho: Costs | NDArray[np.float64]) -> Costs:
    return rho if isinstance(rho, tuple) else domain.wet(plane, rho)


def _draw(
    plane: NDArray[Any], simulator: "Simulator", message_bits: int, seed: int, *, may_change_nothing: bool = False
) -> Embedding:
    """Draw the changes that carry a message, and apply them."""
    solution = simulator.solve(message_bits)
    changes = simulator.draw(solution, np.random.Generator(np.random.PCG64(seed)))
    changed = int(np.count_nonzero(changes))
    if not changed and not may_change_nothing:
        raise EmbedderError(
            f"stego: a message of {message_bits} bits changed none of {plane.size} elements: raise the payload"
        )
    stego = (plane + changes).astype(plane.dtype)
    return Embedding(stego, changed / plane.size, message_bits, solution.entropy_bits, solution.lam)


def _component_seed(seed: int, number: int) -> int:
    """128 bits, as of `simulate.stego_seed`: among 32 some of ALASKA2's 150,000 would meet."""
    return int.from_bytes(np.random.SeedSequence((seed, number)).generate_state(4).astype("<u4").tobytes(), "little")


def _check_payload(unit: str, payload: object) -> None:
    """Raise EmbedderError unless the payload is a positive, finite number."""
    value = math.nan if isinstance(payload, bool) or not isinstance(payload, numbers.Real) else float(payload)
    if not (math.isfinite(value) and value > 0):
        raise EmbedderError(f"payload: expected a positive number of {unit}, got {payload!r}")


def check_seed(seed: object) -> None:
    """No default may stand in for a seed: without it a stego could not be made again."""
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral) or int(seed) < 0:
        raise EmbedderError(f"seed: expected a whole number of zero or more, got {seed!r}")
