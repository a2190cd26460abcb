"""Features of the images of one part: an HDF5 file with a row an image, in the order of the covers or of the shard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stegdata import hdf5, progress
from stegdata.errors import DataError


@dataclass(frozen=True)
class FeatureFile:
    """Features as read, memory-mapped.

    Attributes
    ----------
    names : list of str
        Names of the covers, [n].
    vectors : numpy.ndarray
        float32 [n, dimension].
    covers : numpy.ndarray or None
        float32 [n, dimension], features of the covers of precomputed pairs, which have no folder of covers.
    attributes : dict
        Feature set, version, software.
    """

    names: list[str]
    vectors: NDArray[np.float32]
    covers: NDArray[np.float32] | None
    attributes: dict[str, Any]


def write(
    path: Path, rows: Iterable[tuple[str, Mapping[str, NDArray[np.float32]]]], total: int, attributes: Mapping[str, Any]
) -> None:
    """Write one row an image, whole or not at all; the same rows give the same bytes.

    A row is a cover's name, and `vectors` (and `covers`), float32 [dimension]. Raises DataError for another number of
    rows than `total`, rows that differ in length, a file that cannot be written.
    """
    with hdf5.create(path, total) as file:
        file.attributes = dict(attributes)
        for name, row in progress.follow(rows, Path(path).name, total):
            file.append(row, name)


def read(path: Path) -> FeatureFile:
    """Open what `write` wrote; DataError if it is missing, is not whole, or something else."""
    names, arrays, attributes = hdf5.read(path, "a file of features", ("vectors",))
    vectors = arrays["vectors"]
    if vectors.ndim != 2 or len(names) != len(vectors) or vectors.dtype != np.float32:
        raise DataError(
            f"{path}: expected features float32 [n, dimension] and n names, got {vectors.dtype} {list(vectors.shape)} "
            f"and {len(names)} names: delete it and run again"
        )
    return FeatureFile(names, vectors, arrays.get("covers"), attributes)
