"""Shards: one HDF5 file of cover/stego pairs of one split, contiguous, memory-mapped by those who train."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from stegdata import images
from stegdata.errors import DataError
from stegdata.files import atomic_write
from stegdata.splits import SPLITS

MANIFEST_COLUMNS = ("shard", "split", "pairs", "sha256")


@dataclass(frozen=True)
class Shard:
    """A shard as read: images memory-mapped, the rest in memory.

    Attributes
    ----------
    cover, stego : numpy.ndarray
        uint8 [n, size, size]; row i of both is one pair.
    names : numpy.ndarray
        str [n], the cover's name.
    change_rate : numpy.ndarray
        float64 [n], share of changed pixels.
    entropy_bits : numpy.ndarray
        float64 [n], bits carried by the change probabilities.
    attributes : dict
        Provenance: source, embedder, version, payload, unit, split, seed, resize, software versions.
    """

    cover: NDArray[np.uint8]
    stego: NDArray[np.uint8]
    names: NDArray[np.str_]
    change_rate: NDArray[np.float64]
    entropy_bits: NDArray[np.float64]
    attributes: dict[str, Any]


def build(
    path: Path,
    cover_folder: Path,
    embed: Callable[[str, NDArray[np.uint8]], tuple[NDArray[np.uint8], float, float]],
    attributes: Mapping[str, Any],
) -> None:
    """Embed every PGM of a folder and write the pairs as one shard, whole or not at all.

    Parameters
    ----------
    path : Path
        The shard.
    cover_folder : Path
        Holds `*.pgm` of one size.
    embed : callable
        (cover name, cover) -> stego, change rate, entropy in bits.
    attributes : mapping
        Provenance, stored as attributes of the file.

    Raises
    ------
    DataError
        No covers, covers of unequal size, an embedding that failed (with the cover named), an unwritable shard.
    """
    files = sorted(Path(cover_folder).glob("*.pgm"))
    if not files:
        raise DataError(f"{cover_folder}: expected covers (*.pgm), found none: make the covers again")
    covers = [images.read_pgm(file) for file in files]
    for file, cover in zip(files, covers, strict=True):
        if cover.shape != covers[0].shape:
            raise DataError(
                f"{file}: expected {covers[0].shape[0]}x{covers[0].shape[1]} pixels as in {files[0].name}, got "
                f"{cover.shape[0]}x{cover.shape[1]}: make the covers again"
            )
    stegos, change_rate, entropy_bits = [], [], []
    for file, cover in zip(tqdm(files, desc=Path(path).name, unit="image", mininterval=1), covers, strict=True):
        try:
            stego, rate, bits = embed(file.stem, cover)
        except ValueError as error:
            raise DataError(f"{file}: {error}") from error
        if stego.shape != cover.shape or stego.dtype != np.uint8:
            raise DataError(
                f"{file}: expected a stego like its cover, uint8 {list(cover.shape)}, got {stego.dtype} "
                f"{list(stego.shape)}: mend the embedder"
            )
        stegos.append(stego)
        change_rate.append(rate)
        entropy_bits.append(bits)
    write(
        path,
        Shard(
            np.stack(covers),
            np.stack(stegos),
            np.array([file.stem for file in files]),
            np.array(change_rate),
            np.array(entropy_bits),
            dict(attributes),
        ),
    )


def write(path: Path, shard: Shard) -> None:
    """Write a shard: contiguous data sets, no time stamps (the same pairs give the same bytes), temp file and rename.

    Raises
    ------
    DataError
        If a stego equals its cover or shapes disagree; if the file cannot be written.
    """
    _check(path, shard)
    same = np.flatnonzero((shard.cover == shard.stego).all(axis=(1, 2)))
    if same.size:
        raise DataError(
            f"{path}: expected a change in every stego, got {shard.names[same[0]]} equal to its cover: raise the "
            "payload or leave it out"
        )
    encoded = [str(name).encode() for name in shard.names]
    buffer = BytesIO()  # HDF5 that meets a full disk crashes as the process ends
    with h5py.File(buffer, "w") as file:
        for key in ("cover", "stego", "change_rate", "entropy_bits"):
            file.create_dataset(key, data=getattr(shard, key), track_times=False)
        text = h5py.string_dtype("utf-8", max(map(len, encoded)))
        file.create_dataset("name", data=np.array(encoded, dtype=text), track_times=False)
        file.attrs.update({key: shard.attributes[key] for key in sorted(shard.attributes)})
    with atomic_write(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def read(path: Path) -> Shard:
    """Open a shard: images as read-only memory maps, everything else in memory.

    Raises
    ------
    DataError
        If the file is missing, is not whole, or is not a shard.
    """
    path = Path(path)
    try:
        with h5py.File(path, "r") as file:
            shard = Shard(
                _memory_map(path, file["cover"]),
                _memory_map(path, file["stego"]),
                file["name"].asstr()[...].astype(str),
                file["change_rate"][...],
                file["entropy_bits"][...],
                dict(file.attrs),
            )
    except FileNotFoundError as error:
        raise DataError(f"{path}: expected a shard, got no file: run `snakemake {path}`") from error
    except Exception as error:  # h5py meets a broken or foreign file with exceptions of many classes
        reason = " ".join(str(error).split())
        raise DataError(
            f"{path}: expected a whole shard, got {reason}: delete it and run `snakemake {path}`"
        ) from error
    _check(path, shard)
    return shard


def _check(path: Path, shard: Shard) -> None:
    """Raise DataError unless there are pairs of uint8 images, and as many of everything else."""
    images_agree = shard.cover.shape == shard.stego.shape and shard.cover.ndim == 3 and shard.cover.size > 0
    rows = {np.shape(part)[:1] for part in (shard.cover, shard.names, shard.change_rate, shard.entropy_bits)}
    if not images_agree or len(rows) > 1 or not shard.cover.dtype == shard.stego.dtype == np.uint8:
        raise DataError(
            f"{path}: expected covers and stegos uint8 [n, size, size] with n names, change rates and entropies, got "
            f"{shard.cover.dtype} {list(shard.cover.shape)}, {shard.stego.dtype} {list(shard.stego.shape)}, "
            f"{np.size(shard.names)}, {np.size(shard.change_rate)} and {np.size(shard.entropy_bits)}: make it again"
        )


def _memory_map(path: Path, dataset: h5py.Dataset) -> NDArray[np.uint8]:
    offset = dataset.id.get_offset()
    if offset is None:  # compressed or chunked, as another tool may have rewritten it
        return dataset[...]
    return np.memmap(path, mode="r", dtype=dataset.dtype, shape=dataset.shape, offset=offset)


def sha256(path: Path) -> str:
    """Hash of a file, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(path: Path, shard_paths: Iterable[Path]) -> None:
    """Write the manifest of a stego set: shard, split, pairs, sha256, tab-separated."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(MANIFEST_COLUMNS)
        for shard_path in map(Path, shard_paths):
            shard = read(shard_path)
            table.writerow([shard_path.name, _split(shard_path, shard), len(shard.names), sha256(shard_path)])


def export(folder: Path, shard_paths: Sequence[Path]) -> None:
    """Write every stego as `<split>/<cover name>.pgm` under a folder, for tools that read image files.

    Raises
    ------
    DataError
        A shard that cannot be read, two covers of one name in a split, a file that cannot be written.
    """
    written: set[Path] = set()
    for shard_path in map(Path, shard_paths):
        shard = read(shard_path)
        target = Path(folder) / _split(shard_path, shard)
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{target}: expected to make this folder, got {error}: check permissions") from error
        for name, stego in zip(shard.names, shard.stego, strict=True):
            file = target / f"{name}.pgm"
            if PurePath(name).name != name or file in written:
                raise DataError(
                    f"{shard_path}: expected names of files, each once in a split, got '{name}' (again): export the "
                    "shards of each source to a folder of their own"
                )
            images.write_pgm(file, stego)
            written.add(file)


def _split(path: Path, shard: Shard) -> str:
    split = shard.attributes.get("split")
    if split not in SPLITS:
        raise DataError(
            f"{path}: expected split {', '.join(SPLITS)} among its attributes, got {split!r}: make it again"
        )
    return split
