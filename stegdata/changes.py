"""Change probabilities of the covers of one shard: what fresh stegos are drawn from while a network trains."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from stegdata import hdf5, images, jpeg, progress
from stegdata.errors import DataError
from stegdata.pairs import files, named
from stegdata.shards import memory_map

#: (cover or coefficients, quantization table if any) -> probabilities of +1 and of -1.
Probabilities = Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]]


@dataclass(frozen=True)
class Changes:
    """Change probabilities as read: planes memory-mapped.

    Attributes
    ----------
    cover : numpy.ndarray
        What is changed: uint8 [n, size, size] pixels, or int16 [n, height, width] DCT coefficients of the luminance.
    p_p1, p_m1 : numpy.ndarray
        float16, shaped as `cover`: probability of +1 and of -1; 0 where the element is wet.
    names : list of str
        The covers' names, [n].
    quantization_table : numpy.ndarray or None
        uint16 [n, 8, 8] in the JPEG domain.
    """

    cover: NDArray[Any]
    p_p1: NDArray[np.float16]
    p_m1: NDArray[np.float16]
    names: list[str]
    quantization_table: NDArray[np.uint16] | None


def build(path: Path, folder: Path, probabilities: Probabilities, *, pattern: str) -> int:
    """Write the change probabilities of every cover of a folder, whole or not at all; return how many.

    Parameters
    ----------
    path : Path
        The file.
    folder : Path
        Covers of one shard.
    probabilities : callable
        Of one cover.
    pattern : {"*.pgm", "*.jpg"}
        Pixels, or the luminance of JPEG files.

    Raises
    ------
    DataError
        No covers, one that cannot be read or embedded, or a file that cannot be written.
    """
    found = files(folder, pattern)
    with hdf5.create(path, len(found)) as rows:
        for file in progress.follow(found, Path(path).name):
            cover, *table = _read(file)
            p_p1, p_m1 = named(file, probabilities, cover, *table)
            row = {"cover": cover, "p_p1": p_p1.astype(np.float16), "p_m1": p_m1.astype(np.float16)}
            rows.append(row | ({"quantization_table": table[0]} if table else {}))
        rows.file.create_dataset("name", data=[file.stem.encode() for file in found], track_times=False)
    return len(found)


def _read(file: Path) -> list[NDArray[Any]]:
    if file.suffix == ".pgm":
        return [images.read_pgm(file)]
    cover = jpeg.read(file)
    return [cover.coefficients[0], cover.quantization_tables[0]]


def read(path: Path) -> Changes:
    """Open change probabilities, planes as read-only memory maps.

    Raises
    ------
    DataError
        If the file is missing, not whole or something else.
    """
    path = Path(path)
    try:
        with h5py.File(path, "r") as file:
            table = file.get("quantization_table")
            return Changes(
                *(memory_map(path, file[key]) for key in ("cover", "p_p1", "p_m1")),
                [name.decode() for name in file["name"][...]],
                None if table is None else table[...],
            )
    except Exception as error:  # h5py meets a broken or foreign file with exceptions of many classes
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: expected change probabilities, got {reason}: run `snakemake {path}`") from error
