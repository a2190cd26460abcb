"""Shards: one HDF5 file of cover/stego pairs of one split, contiguous, memory-mapped by those who train."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stegdata import hdf5, progress
from stegdata.errors import DataError
from stegdata.formats.jpeg_quality import quality_of
from stegdata.pairs import Pair
from stegdata.splits import SPLITS

COLUMNS = ("cover", "stego", "change_rate", "entropy_bits", "elements")
PLANES = ("quantization_table", "quality", "changes", "cover_coefficients", "stego_coefficients", "coding_loss")
#: Attribute that names, as JSON, covers that the embedder refused, each with the reason.
LEFT_OUT = "left_out"


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
        Of the JPEG domain: quantization_table uint16 [n, 8, 8], quality int64 [n] (0: no standard table) and changes
        int8 [n, height, width] (stego less cover, of coefficients; not of precomputed pairs whose coefficients are not
        kept); where kept, cover_coefficients and stego_coefficients int16 [n, height, width]. Of coded stegos:
        coding_loss float64 [n]. Memory-mapped.
    """

    cover: NDArray[np.uint8]
    stego: NDArray[np.uint8]
    names: NDArray[np.str_]
    change_rate: NDArray[np.float64]
    entropy_bits: NDArray[np.float64]
    elements: NDArray[np.int64]
    attributes: dict[str, Any]
    planes: dict[str, NDArray[Any]] = field(default_factory=dict)


def build(
    path: Path,
    pairs: Iterable[Pair],
    attributes: Mapping[str, Any],
    *,
    total: int | None = None,
    refused: Mapping[str, str] = MappingProxyType({}),
) -> list[float]:
    """Write pairs of one size as one shard, whole or not at all, with a progress bar; return their change rates.

    Data sets are contiguous and without time stamps: the same pairs give the same bytes.

    Parameters
    ----------
    path, pairs
    attributes : mapping
        Provenance, stored as attributes of the file.
    total : int, optional
        Pairs and refused covers to come; without it all pairs are held in memory.
    refused : mapping
        Cover name -> reason, of those that an embedder refused while `pairs` was read; kept as an attribute.

    Raises DataError for no pairs or not `total` of them, unequal sizes or planes, a stego unlike or equal to its cover,
    an unwritable shard.
    """
    if total is None:
        pairs = list(pairs)
        total = len(pairs)
    rates: list[float] = []
    with hdf5.create(path, total) as rows:
        for pair in progress.follow(pairs, Path(path).name, total):
            _check_pair(path, pair)
            rates.append(pair.change_rate)
            if len(rates) <= total:
                rows.append(_row(pair), pair.name)
        expected = total - len(refused)
        if len(rates) != expected or not rates:
            count = f"{expected} pairs" if expected else "pairs"
            raise DataError(f"{path}: expected {count}, got {len(rates) or 'none'}: make the covers again")
        rows.skipped = len(refused)
        rows.attributes = dict(attributes)
        if refused:
            rows.attributes[LEFT_OUT] = json.dumps(dict(refused), sort_keys=True)
    return rates


def _row(pair: Pair) -> dict[str, Any]:
    """Row of each data set but the names."""
    row = {
        "cover": pair.cover,
        "stego": pair.stego,
        "change_rate": np.float64(pair.change_rate),
        "entropy_bits": np.float64(pair.entropy_bits),
        "elements": np.int64(pair.elements),
    }
    if pair.coefficients is not None:
        row["cover_coefficients"] = pair.coefficients[0]
    if pair.quantization_table is not None:
        row |= {"quality": np.int64(quality_of(pair.quantization_table)), "quantization_table": pair.quantization_table}
    if pair.coefficients is not None:
        row["stego_coefficients"] = pair.coefficients[1]
    if pair.coding_loss is not None:
        row["coding_loss"] = np.float64(pair.coding_loss)
    if pair.changes is not None:
        row["changes"] = pair.changes
    return row


def _check_pair(path: Path, pair: Pair) -> None:
    """Raise DataError unless a cover is grey, and its stego like it and another."""
    if pair.cover.dtype != np.uint8 or pair.cover.ndim != 2:
        raise DataError(
            f"{path}: expected a cover of uint8 [height, width], got {pair.cover.dtype} {list(pair.cover.shape)} of "
            f"{pair.name}: make the covers again"
        )
    if pair.stego.shape != pair.cover.shape or pair.stego.dtype != np.uint8:
        raise DataError(
            f"{path}: expected a stego like its cover {pair.name}, uint8 {list(pair.cover.shape)}, got "
            f"{pair.stego.dtype} {list(pair.stego.shape)}: fix the embedder"
        )
    if np.array_equal(pair.cover, pair.stego):
        raise DataError(
            f"{path}: expected a change in every stego, got {pair.name} equal to its cover: raise the payload or leave "
            "it out"
        )


def read(path: Path) -> Shard:
    """Open a shard: images as read-only memory maps, everything else in memory.

    Raises DataError if the file is missing, is not whole, or is not a shard.
    """
    names, arrays, attributes = hdf5.read(path, "a shard", COLUMNS)
    columns = [arrays[key] for key in COLUMNS]
    planes = {key: arrays[key] for key in PLANES if key in arrays}
    cover, stego, *_ = columns
    if (
        cover.shape != stego.shape
        or cover.ndim != 3
        or not cover.size
        or not cover.dtype == stego.dtype == np.uint8
        or {len(names)} != {np.shape(rows)[:1][0] if np.ndim(rows) else -1 for rows in (*columns, *planes.values())}
    ):
        others = [f"[{len(names)}]", *(str(list(np.shape(rows))) for rows in (*columns[2:], *planes.values()))]
        raise DataError(
            f"{path}: expected covers and stegos uint8 [n, size, size] with n names, change rates, entropies, elements "
            f"and planes, got {cover.dtype} {list(cover.shape)}, {stego.dtype} {list(stego.shape)} and "
            f"{', '.join(others)}: delete it and run `snakemake {path}`"
        )
    rate, entropy, elements = columns[2:]
    return Shard(cover, stego, np.array(names, np.str_), rate, entropy, elements, attributes, planes)


def left_out(shard: Shard) -> dict[str, str]:
    """Covers that the embedder refused -> reason."""
    return json.loads(shard.attributes.get(LEFT_OUT, "{}"))


def split_of(path: Path, shard: Shard) -> str:
    """Split that a shard belongs to, as its attributes say; DataError where they do not."""
    split = shard.attributes.get("split")
    if split not in SPLITS:
        raise DataError(
            f"{path}: expected split {', '.join(SPLITS)} among its attributes, got {split!r}: make it again"
        )
    return split
