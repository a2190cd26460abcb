"""Stegos of the workflow: the same seeds and the same provenance wherever they are made."""

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import embedders
from embedders import Embedding
from stegdata import DataError, covers, pairs, shards
from stegdata.names import StegoSet

PACKAGES = ("numpy", "numba", "pillow", "h5py", "pyjpegio")


def stego_seed_of(name: str, payload: float, seed: int, origin: str, cover_name: str) -> int:
    """Seed of a stego; `origin` is source and quality, as BOSSBase and BOWS2 both name their covers 1 to 10000."""
    embedder = embedders.EMBEDDERS[name]
    return embedders.simulate.stego_seed(seed, name, embedder.version, payload, f"{origin}/{cover_name}")


def embedder_of(stego_set: StegoSet, seed: int) -> Callable[..., Embedding]:
    """(cover name, cover, quantization table if any) -> Embedding, each cover with its own seed."""
    name, payload = stego_set.embedder, stego_set.payload
    if payload is None:
        raise DataError(f"{stego_set}: expected a payload to embed, got precomputed pairs")

    def embed(cover_name: str, *cover: NDArray[Any]) -> Embedding:
        stego_seed = stego_seed_of(name, payload, seed, stego_set.origin, cover_name)
        return embedders.embed(name, *cover, payload=payload, seed=stego_seed)

    return embed


def shard(
    path: Path,
    folder: Path,
    stego_set: StegoSet,
    *,
    seed: int,
    described: Mapping[str, object],
    keep_coefficients: bool = False,
    left_out: int = 0,
) -> str:
    """Embed every cover of a folder, and write the pairs as one shard.

    Parameters
    ----------
    path : Path
        The shard.
    folder : Path
        Covers of one part: PGM, or JPEG for an embedder of that domain.
    stego_set : StegoSet
        Of one source and one embedder.
    seed : int
        Of the run.
    described : mapping
        split, resize: kept as attributes beside what the stego set tells.
    keep_coefficients : bool
        Keep DCT coefficients too.
    left_out : int
        Covers that the embedder may refuse; the shard names them with the reason.

    Returns
    -------
    str
        How many pairs, for the log.

    Raises
    ------
    DataError
        More covers refused than may be left out; else as `stegdata.pairs.embedded` and `stegdata.shards.create`.
    """
    more: dict[str, Any] = {} if stego_set.quality is None else {"quality": stego_set.quality}
    more |= {"payload": stego_set.payload, "seed": seed, "source": stego_set.source}
    attributes = provenance(stego_set.embedder, **more, **described)
    total, embed = len(covers.listed(folder)), embedder_of(stego_set, seed)

    def build(without: Mapping[str, str]) -> int:
        found = pairs.embedded(
            folder, embed, embedders.dct.decode, keep_coefficients=keep_coefficients, without=without
        )
        told = {shards.LEFT_OUT: json.dumps(without, sort_keys=True)} if without else {}
        shards.build(path, found, attributes | told, total=total - len(without))
        return len(without)

    refused = covers.leaving_out(left_out, build)
    without = f", {refused} left out" if refused else ""
    return f"{total - refused} pairs{without}, mean change rate {shards.read(path).change_rate.mean():.4f}"


def provenance(name: str, **more: object) -> dict[str, object]:
    """Attributes of a shard: the embedder, what the rule knows, and software versions."""
    embedder = embedders.EMBEDDERS[name]
    described = {"embedder": name, "version": embedder.version, "unit": embedder.unit, "citation": embedder.citation}
    return described | more | {f"{package}_version": version(package) for package in PACKAGES}
