"""Small shards: of covers in a folder, embedded by a toy or for real, or of arrays in memory."""

from contextlib import contextmanager
from unittest.mock import patch

import h5py
import numpy as np
from pictures import crop, noise

import embedders
from embedders import Embedding
from embedders.simulate import stego_seed
from stegdata import covers, embedding, hdf5, shards
from stegdata.formats import images
from stegdata.names import StegoSet
from stegdata.pairs import Pair

NAMES = ["1", "10", "2", "Ä__patient-7", "写真"]
ATTRIBUTES = {
    "source": "bossbase",
    "embedder": "suniward",
    "version": 1,
    "payload": 0.4,
    "unit": "bpp",
    "split": "train",
    "seed": 3,
    "resize": "matlab",
    "numpy": "2.0",
}


def embed(name, cover):
    """Flip the lowest bit of the first pixels, of more of them the longer the name."""
    stego = cover.copy()
    stego.flat[: len(name)] ^= 1
    return Embedding(stego, len(name) / cover.size, 0, 2.0 * len(name), 0.0)


_embed = embedders.embed
JPEG = StegoSet.parse("sample/uerd-q75-0.4bpnzac")


def embed_jpeg(name, plane, table):
    """(cover name, coefficients, quantization table) -> Embedding, for real."""
    seed = stego_seed(1, "uerd", embedders.EMBEDDERS["uerd"].version, 0.4, f"{JPEG.origin}/{name}")
    return _embed("uerd", plane, table, payload=0.4, seed=seed)


def pairs_of(folder, embed, **options):
    """Pairs of all covers of a folder, embedded by a function of their name and arrays."""

    def stand_in(_, *cover, payload, seed):
        return embed(seed, *cover)

    with patch.object(embedding, "seed_of", lambda *key: key[-1]), patch.object(embedders, "embed", stand_in):
        yield from embedding.embedded(folder, JPEG, 1, **options)


@contextmanager
def altered(path):
    """An HDF5 file to change; it gets the digest of what it holds then."""
    with h5py.File(path, "r+") as file:
        yield file
        file.attrs[hdf5.DIGEST] = hdf5.digest(file)


def fill(folder, names=tuple(NAMES), size=(16, 16), seed=0):
    """Write covers of noise as PGM; return them."""
    folder.mkdir(parents=True, exist_ok=True)
    made = noise(len(names), *size, seed=seed)
    for name, cover in zip(names, made, strict=True):
        images.write_pgm(folder / f"{name}.pgm", cover)
    return made


def encoded(tmp_path, quality=75, side=40):
    """PGM covers of a photograph in `pgm`, the same as JPEG in `jpg`."""
    (tmp_path / "pgm").mkdir()
    for number in range(3):
        images.write_pgm(tmp_path / "pgm" / f"{number}.pgm", crop(side, side, top=250 + 50 * number))
    covers.encode(tmp_path / "jpg", tmp_path / "pgm", quality)
    return tmp_path / "jpg"


def build(tmp_path, name="train-000.h5", folder="covers", **attributes):
    """A shard of the PGMs of a folder."""
    shards.build(tmp_path / name, pairs_of(tmp_path / folder, embed), ATTRIBUTES | attributes)
    return tmp_path / name


def write(path, cover, stego, names=None, **attributes):
    """A shard of arrays [n, height, width]; names are `<shard>-<number>` unless given."""
    names = names or [f"{path.stem}-{number}" for number in range(len(cover))]
    found = [
        Pair(name, *pair, (pair[0] != pair[1]).mean(), 1.0, pair[0].size)
        for name, *pair in zip(names, cover.astype(np.uint8), stego.astype(np.uint8), strict=True)
    ]
    shards.build(path, found, {"split": "train"} | attributes)
    return path
