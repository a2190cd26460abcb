"""Stegos of covers: the same seeds, pairs and provenance wherever they are made."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import embedders
from stegdata import covers, shards
from stegdata.errors import DataError
from stegdata.names import StegoSet
from stegdata.pairs import Pair, pair

#: How messages of coded stego sets are embedded, as shards tell it.
CODING = "syndrome-trellis codes of height 10"
PACKAGES = ("numpy", "numba", "pillow", "h5py", "pyjpegio")


def seed_of(name: str, payload: float, seed: int, origin: str, cover_name: str) -> int:
    """Seed of a stego; `origin` is source and quality, as BOSSBase and BOWS2 both name their covers 1 to 10000."""
    embedder = embedders.EMBEDDERS[name]
    return embedders.simulate.stego_seed(seed, name, embedder.version, payload, f"{origin}/{cover_name}")


def embedded(
    folder: Path,
    stego_set: StegoSet,
    seed: int,
    *,
    keep_coefficients: bool = False,
    refused: dict[str, str] | None = None,
    left_out: int = 0,
) -> Iterator[Pair]:
    """Embed every cover of a folder.

    Parameters
    ----------
    folder : Path
        Covers of one shard: PGM, or JPEG, whose luminance is embedded.
    stego_set : StegoSet
        Of one source and one embedder.
    seed : int
        Seed of the run, from which each cover's seed is derived.
    keep_coefficients : bool
        Keep the coefficients of JPEG covers and of their stegos.
    refused : dict, optional
        Receives the covers that the embedder refuses, name -> reason.
    left_out : int
        Covers that it may refuse.

    Raises
    ------
    DataError
        No covers, precomputed pairs, or as `covers.accepted`.
    """
    name, payload = stego_set.embedder, stego_set.payload
    if payload is None:
        raise DataError(f"{stego_set}: expected a payload to embed, got precomputed pairs")

    function = embedders.embed
    if stego_set.coded:
        from embedders.coding import embed_random as function

    def embed(cover: covers.Cover) -> embedders.Embedding:
        stego_seed = seed_of(name, payload, seed, stego_set.origin, cover.name)
        return function(name, *cover.arrays, payload=payload, seed=stego_seed)

    for cover, embedding in covers.accepted(folder, embed, {} if refused is None else refused, left_out):
        yield pair(cover, embedding, keep_coefficients=keep_coefficients)


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

    Parameters and errors are those of `embedded`; `described`, split and resize, becomes attributes beside those that
    follow from the stego set. The shard names refused covers with the reason. Returns a line for the log.
    """
    quality = {} if stego_set.quality is None else {"quality": stego_set.quality}
    about = quality | {"payload": stego_set.payload, "seed": seed, "source": stego_set.source}
    about |= {"coding": CODING} if stego_set.coded else {}
    attributes = provenance(stego_set.embedder, **about, **described)
    refused: dict[str, str] = {}
    pairs = embedded(folder, stego_set, seed, keep_coefficients=keep_coefficients, refused=refused, left_out=left_out)
    rates = shards.build(path, pairs, attributes, total=len(covers.listed(folder)), refused=refused)
    note = f", {len(refused)} left out" if refused else ""
    return f"{len(rates)} pairs{note}, mean change rate {sum(rates) / len(rates):.4f}"


def provenance(name: str, **more: object) -> dict[str, object]:
    """Attributes of a shard: embedder, versions of software, and those given."""
    embedder = embedders.EMBEDDERS[name]
    described = {"embedder": name, "version": embedder.version, "unit": embedder.unit, "citation": embedder.citation}
    return described | more | {f"{package}_version": version(package) for package in PACKAGES}
