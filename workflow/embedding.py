"""Stegos of the workflow: the same seeds and the same provenance wherever they are made."""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import embedders
from embedders import Embedding
from stegdata import covers, pairs, shards
from stegdata.names import StegoSet

PACKAGES = ("numpy", "numba", "pillow", "h5py", "pyjpegio")


def stego_seed_of(name: str, payload: float, seed: int, origin: str, cover_name: str) -> int:
    """Seed of a stego; `origin` is source and quality, as BOSSBase and BOWS2 both name their covers 1 to 10000."""
    embedder = embedders.EMBEDDERS[name]
    return embedders.simulate.stego_seed(seed, name, embedder.version, payload, f"{origin}/{cover_name}")


def embedder_of(stego_set: StegoSet, seed: int) -> Callable[..., Embedding]:
    """(cover name, cover, quantization table if any) -> Embedding, each cover with its own seed."""
    name, payload = stego_set.embedder, stego_set.payload

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

    Returns
    -------
    str
        How many pairs, for the log.

    Raises
    ------
    DataError
        As `stegdata.pairs.embedded` and `stegdata.shards.create`.
    """
    more = {} if stego_set.quality is None else {"quality": stego_set.quality}
    more |= {"payload": stego_set.payload, "seed": seed, "source": stego_set.source}
    found = pairs.embedded(
        folder, embedder_of(stego_set, seed), embedders.dct.decode, keep_coefficients=keep_coefficients
    )
    total = len(covers.listed(folder))
    shards.build(path, found, provenance(stego_set.embedder, **more, **described), total=total)
    return f"{total} pairs, mean change rate {shards.read(path).change_rate.mean():.4f}"


def provenance(name: str, **more: object) -> dict[str, object]:
    """Attributes of a shard: the embedder, what the rule knows, and software versions."""
    embedder = embedders.EMBEDDERS[name]
    described = {"embedder": name, "version": embedder.version, "unit": embedder.unit, "citation": embedder.citation}
    return described | more | {f"{package}_version": version(package) for package in PACKAGES}
