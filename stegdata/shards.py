"""Shards: one HDF5 file of cover/stego pairs of one split, contiguous, memory-mapped by those who train."""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
from stegdata.jpeg_quality import quality_of
from stegdata.pairs import Pair
from stegdata.splits import SPLITS

PLANES = ("quantization_table", "quality", "cover_coefficients", "stego_coefficients")
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
    elements : numpy.ndarray
        int64 [n], elements that the payload counts: pixels, or non-zero AC coefficients of the luminance.
    attributes : dict
        Provenance: source, embedder, version, payload, unit, split, seed, resize, software versions.
    planes : dict
        Of the JPEG domain: quantization_table uint16 [n, 8, 8] and quality int64 [n] (0: no standard table); where
        kept, cover_coefficients and stego_coefficients int16 [n, height, width]. Memory-mapped.
    """

    cover: NDArray[np.uint8]
    stego: NDArray[np.uint8]
    names: NDArray[np.str_]
    change_rate: NDArray[np.float64]
    entropy_bits: NDArray[np.float64]
    elements: NDArray[np.int64]
    attributes: dict[str, Any]
    planes: dict[str, NDArray[Any]] = field(default_factory=dict)


def build(path: Path, pairs: Iterable[Pair], attributes: Mapping[str, Any], *, total: int | None = None) -> None:
    """Write pairs as one shard, whole or not at all, with a progress bar.

    Parameters
    ----------
    path : Path
        The shard.
    pairs : iterable of Pair
        From `stegdata.pairs` or `stegdata.alaska2`; all of one size.
    attributes : mapping
        Provenance, stored as attributes of the file.
    total : int, optional
        Pairs to come, for the progress bar.

    Raises
    ------
    DataError
        No pairs, pairs of unequal size or with unequal planes, a stego unlike its cover, an unwritable shard.
    """
    collected = list(tqdm(pairs, desc=Path(path).name, total=total, unit="image", mininterval=1))
    if not collected:
        raise DataError(f"{path}: expected pairs, got none: make the covers again")
    for pair in collected:
        if pair.cover.shape != collected[0].cover.shape:
            raise DataError(
                f"{path}: expected covers of {_sides(collected[0].cover)} pixels as {collected[0].name} is, got "
                f"{_sides(pair.cover)} of {pair.name}: make the covers again"
            )
        if _planes_of(pair) != _planes_of(collected[0]):
            raise DataError(
                f"{path}: expected quantization table and coefficients {_planes_of(collected[0])} as "
                f"{collected[0].name} has, got {_planes_of(pair)} of {pair.name}: make the covers again"
            )
        if pair.stego.shape != pair.cover.shape or pair.stego.dtype != np.uint8:
            raise DataError(
                f"{path}: expected a stego like its cover {pair.name}, uint8 {list(pair.cover.shape)}, got "
                f"{pair.stego.dtype} {list(pair.stego.shape)}: mend the embedder"
            )
    planes = {}
    if collected[0].quantization_table is not None:
        planes["quantization_table"] = np.stack([pair.quantization_table for pair in collected])
        planes["quality"] = np.array([quality_of(table) for table in planes["quantization_table"]], np.int64)
    if collected[0].coefficients is not None:
        cover_planes, stego_planes = zip(*(pair.coefficients for pair in collected), strict=True)
        planes |= {"cover_coefficients": np.stack(cover_planes), "stego_coefficients": np.stack(stego_planes)}
    write(
        path,
        Shard(
            np.stack([pair.cover for pair in collected]),
            np.stack([pair.stego for pair in collected]),
            np.array([pair.name for pair in collected]),
            np.array([pair.change_rate for pair in collected], np.float64),
            np.array([pair.entropy_bits for pair in collected], np.float64),
            np.array([pair.elements for pair in collected], np.int64),
            dict(attributes),
            planes,
        ),
    )


def _planes_of(pair: Pair) -> list[tuple[int, ...] | None]:
    """Shapes of what a pair has beside its pixels."""
    return [None if plane is None else plane.shape for plane in (pair.quantization_table, *(pair.coefficients or ()))]


def _sides(image: NDArray[np.uint8]) -> str:
    return "x".join(map(str, image.shape))


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
        for key in ("cover", "stego", "change_rate", "entropy_bits", "elements"):
            file.create_dataset(key, data=getattr(shard, key), track_times=False)
        for key, plane in sorted(shard.planes.items()):
            file.create_dataset(key, data=plane, track_times=False)
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
                memory_map(path, file["cover"]),
                memory_map(path, file["stego"]),
                file["name"].asstr()[...].astype(str),
                file["change_rate"][...],
                file["entropy_bits"][...],
                file["elements"][...],
                dict(file.attrs),
                {key: memory_map(path, file[key]) for key in PLANES if key in file},
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
    rows = {np.shape(part)[:1] for part in _columns(shard)}
    if not images_agree or len(rows) > 1 or not shard.cover.dtype == shard.stego.dtype == np.uint8:
        raise DataError(
            f"{path}: expected covers and stegos uint8 [n, size, size] with n names, change rates, entropies, elements "
            f"and planes, got {shard.cover.dtype} {list(shard.cover.shape)}, {shard.stego.dtype} "
            f"{list(shard.stego.shape)} and {', '.join(str(list(np.shape(part))) for part in _columns(shard)[1:])}: "
            "make it again"
        )


def _columns(shard: Shard) -> tuple[NDArray[Any], ...]:
    per_pair = (shard.cover, shard.names, shard.change_rate, shard.entropy_bits, shard.elements)
    return (*per_pair, *shard.planes.values())


def memory_map(path: Path, dataset: h5py.Dataset) -> NDArray[Any]:
    """Map a data set of an HDF5 file, read-only; one that is not contiguous is read into memory."""
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


def read_manifest(path: Path) -> dict[str, str]:
    """Read a manifest: name of a shard -> its sha256; DataError if it is missing or something else."""
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            return {line["shard"]: line["sha256"] for line in csv.DictReader(file, delimiter="\t")}
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise DataError(
            f"{path}: expected a table of {', '.join(MANIFEST_COLUMNS)}, got {error!r}: delete it and run `snakemake "
            f"{path}`"
        ) from error


def write_pairs(path: Path, shard_paths: Iterable[Path]) -> None:
    """Write one line a pair: shard, name, change rate, payload that its entropy is of what the payload counts."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(["shard", "name", "change_rate", "payload"])
        for shard_path in map(Path, shard_paths):
            shard = read(shard_path)
            payload = shard.entropy_bits / shard.elements
            rows = zip(shard.names, shard.change_rate, payload, strict=True)
            table.writerows([shard_path.name, name, f"{rate:.6f}", f"{bits:.6f}"] for name, rate, bits in rows)


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
