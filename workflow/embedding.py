"""What shards and exports of one embedder have in common: the same seeds, the same provenance."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

import embedders
from embedders import Embedding

PACKAGES = ("numpy", "numba", "pillow", "h5py", "pyjpegio")


def stego_seed_of(name: str, payload: float, seed: int, origin: str, cover_name: str) -> int:
    """Seed of a stego; `origin` is source and quality, as BOSSBase and BOWS2 both name their covers 1 to 10000."""
    version = embedders.EMBEDDERS[name].version
    return embedders.simulate.stego_seed(seed, name, version, payload, f"{origin}/{cover_name}")


def embedder_of(name: str, payload: float, seed: int, origin: str) -> Callable[..., Embedding]:
    """(cover name, cover, quantization table if any) -> Embedding, each cover with its own seed."""

    def embed(cover_name: str, *cover: NDArray[Any]) -> Embedding:
        stego_seed = stego_seed_of(name, payload, seed, origin, cover_name)
        return embedders.embed(name, *cover, payload=payload, seed=stego_seed)

    return embed


def jpeg_embedder_of(
    name: str, payload: float, seed: int, origin: str
) -> Callable[..., tuple[NDArray[np.int16], NDArray[np.uint8], float, float]]:
    """(cover name, coefficients, table) -> stego coefficients, their pixels, change rate, entropy in bits."""
    embed = embedder_of(name, payload, seed, origin)

    def embed_coefficients(
        cover_name: str, coefficients: NDArray[np.int16], table: NDArray[np.uint16]
    ) -> tuple[NDArray[np.int16], NDArray[np.uint8], float, float]:
        made = embed(cover_name, coefficients, table)
        return made.stego, embedders.dct.decode(made.stego, table), made.change_rate, made.entropy_bits

    return embed_coefficients


def sweeper_of(name: str, payloads: Sequence[float], seed: int, origin: str) -> Callable[..., list[tuple[Any, ...]]]:
    """(cover name, cover, table if any) -> for each payload what the shard of one payload is made of, to the bit.

    That is stego, change rate, entropy in bits; in the JPEG domain stego coefficients, their pixels, and so on.
    """

    def embed(cover_name: str, *cover: NDArray[Any]) -> list[tuple[Any, ...]]:
        seeds = [stego_seed_of(name, payload, seed, origin, cover_name) for payload in payloads]
        made = embedders.embed_payloads(name, *cover, payloads=payloads, seeds=seeds)
        pixels = [() if len(cover) == 1 else (embedders.dct.decode(one.stego, cover[1]),) for one in made]
        return [(m.stego, *p, m.change_rate, m.entropy_bits) for m, p in zip(made, pixels, strict=True)]

    return embed


def provenance(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 whatever HDF5 takes
    """Attributes of a shard: the embedder, what the rule knows, and software versions."""
    embedder = embedders.EMBEDDERS[name]
    described = {"embedder": name, "version": embedder.version, "unit": embedder.unit, "citation": embedder.citation}
    return described | more | {f"{package}_version": version(package) for package in PACKAGES}
