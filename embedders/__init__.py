"""Steganographic embedders, simulated at the rate-distortion bound: arrays in, arrays out, no files and no paths."""

import importlib
import math
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders.interface import Embedder, EmbedderError, Embedding

__all__ = ["EMBEDDERS", "Embedder", "EmbedderError", "Embedding", "cost", "embed", "simulate"]

_UNIWARD = (
    'V. Holub, J. Fridrich, T. Denemark, "Universal distortion function for steganography in an arbitrary domain", '
    "EURASIP Journal on Information Security 2014:1"
)

#: name -> Embedder, known without loading Numba.
EMBEDDERS = MappingProxyType(
    {
        embedder.name: embedder
        for embedder in (
            Embedder("suniward", "spatial", "bpp", 1, _UNIWARD),
            Embedder(
                "wow",
                "spatial",
                "bpp",
                1,
                'V. Holub, J. Fridrich, "Designing steganographic distortion using directional filters", WIFS 2012',
            ),
        )
    }
)


def __getattr__(name: str) -> ModuleType:
    """Load `embedders.simulate` and the embedders' modules on first use: planning a workflow must not load Numba."""
    if name in {"simulate", *_modules()}:
        return importlib.import_module(f"embedders.{name}")
    raise AttributeError(f"module 'embedders' has no attribute {name!r}")


def _modules() -> dict[str, str]:
    return {name.replace("-", "_"): name for name in EMBEDDERS}


def _load(name: str) -> tuple[Embedder, ModuleType, ModuleType]:
    if name not in EMBEDDERS:
        raise EmbedderError(f"embedder: expected one of {', '.join(EMBEDDERS)}, got {name!r}")
    embedder = EMBEDDERS[name]
    method = importlib.import_module(f"embedders.{name.replace('-', '_')}")
    return embedder, method, importlib.import_module(f"embedders.{embedder.domain}")


def cost(name: str, cover: NDArray[Any], *quantization_table: NDArray[Any]) -> NDArray[np.float64]:
    """Cost map of a cover.

    Parameters
    ----------
    name : str
        An entry of `EMBEDDERS`.
    cover : numpy.ndarray
        Spatial domain: uint8 [height, width].
    *quantization_table : numpy.ndarray
        JPEG domain only: [8, 8].

    Returns
    -------
    numpy.ndarray
        rho float64 [height, width], of a change by one in either direction; `inf` where the method never changes.

    Raises
    ------
    EmbedderError
        Unknown name, or a cover of the wrong shape or dtype.
    """
    _, method, _ = _load(name)
    return method.cost(cover, *quantization_table)


def embed(
    name: str, cover: NDArray[Any], *quantization_table: NDArray[Any], payload: float, seed: int
) -> Embedding:
    """Embed a random message of the given payload.

    Parameters
    ----------
    name : str
        An entry of `EMBEDDERS`.
    cover : numpy.ndarray
        Spatial domain: uint8 [height, width].
    *quantization_table : numpy.ndarray
        JPEG domain only: [8, 8].
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
        Unknown name; wrong cover; a payload that is not positive and finite or is above the capacity; an all-wet
        cover; a message so short that nothing was changed.
    """
    embedder, method, domain = _load(name)
    if not (isinstance(payload, int | float | np.number) and math.isfinite(payload) and payload > 0):
        raise EmbedderError(f"payload: expected a positive number of {embedder.unit}, got {payload!r}")
    simulate = importlib.import_module("embedders.simulate")
    cover = domain.check(cover)
    message_bits = round(float(payload) * domain.count(cover))
    if message_bits == 0:
        raise EmbedderError(
            f"payload: {payload:g} {embedder.unit} of a cover with {domain.count(cover)} such elements is no bit at "
            "all: raise the payload or leave this cover out"
        )
    rho_p1, rho_m1 = domain.wet(cover, method.cost(cover, *quantization_table))
    lam = simulate.find_lambda(rho_p1, rho_m1, message_bits)
    p_p1, p_m1 = simulate.change_probabilities(rho_p1, rho_m1, lam)
    uniform = np.random.Generator(np.random.PCG64(seed)).random(cover.shape)
    changes = simulate.draw_changes(p_p1, p_m1, uniform)
    changed = np.count_nonzero(changes)
    if changed == 0:
        raise EmbedderError(
            f"stego: a message of {message_bits} bits changed none of {cover.size} elements: raise the payload"
        )
    return Embedding(
        stego=(cover + changes).astype(cover.dtype),
        change_rate=changed / cover.size,
        message_bits=message_bits,
        entropy_bits=simulate.entropy_bits(rho_p1, rho_m1, lam),
        lam=lam,
    )
