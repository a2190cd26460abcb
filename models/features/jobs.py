"""Files of features: of the covers of one folder, or of the stegos of one shard."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.features import FEATURES, extract
from stegdata import checksums, covers, feature_files, shards
from stegdata.errors import DataError
from stegdata.names import StegoSet
from stegdata.shards import Shard

Row = tuple[str, Mapping[str, NDArray[np.float32]]]


def of_covers(path: Path, feature_set: str, folder: Path) -> str:
    """Write the features of the covers of a folder to a file; return their number, for the log.

    A JPEG set needs JPEG covers. Raises DataError for other covers or unreadable ones, ModelError as `extract`.
    """
    domain = FEATURES[feature_set].domain

    def rows() -> Iterator[Row]:
        for cover in covers.each(folder):
            if not cover.domain.holds(domain):
                got = f"{cover.name}{cover.domain.suffix}"
                raise DataError(f"{folder}: {feature_set} is taken of JPEG covers, got {got}: name a quality")
            image = cover.arrays if domain is cover.domain else (cover.pixels,)
            yield cover.name, {"vectors": extract(feature_set, *image)}

    return _write(path, feature_set, rows(), len(covers.listed(folder)))


def of_stegos(path: Path, feature_set: str, shard_path: Path, folder: Path | None, stego_set: StegoSet) -> str:
    """Write the features of the stegos of a shard, of precomputed pairs of the covers too; return their number.

    Parameters
    ----------
    path : Path
        The file of features.
    feature_set : str
        A key of `FEATURES`.
    shard_path : Path
        A shard of `stego_set`.
    folder : Path or None
        JPEG covers of the shard, whose coefficients it holds the changes of.
    stego_set : StegoSet

    Raises
    ------
    DataError
        A shard without the coefficients that a JPEG set needs, or of other covers.
    ModelError
        As `models.features.extract`.
    """
    shard = shards.read(shard_path)
    if not FEATURES[feature_set].of_coefficients:
        rows = _of_pixels(feature_set, shard, with_covers=stego_set.precomputed)
    elif folder is None:
        rows = _of_coefficients(feature_set, shard, shard_path)
    else:
        rows = _of_changes(feature_set, shard, Path(folder))
    return _write(path, feature_set, rows, len(shard.names))


def _of_pixels(feature_set: str, shard: Shard, *, with_covers: bool) -> Iterator[Row]:
    for name, cover, stego in zip(shard.names, shard.cover, shard.stego, strict=True):
        row = {"vectors": extract(feature_set, stego)}
        yield str(name), row | ({"covers": extract(feature_set, cover)} if with_covers else {})


def _of_coefficients(feature_set: str, shard: Shard, path: Path) -> Iterator[Row]:
    if "stego_coefficients" not in shard.planes:
        raise DataError(
            f"{path}: {feature_set} is taken of DCT coefficients, expected them in the shard, got pixels alone: set "
            "keep: coefficients of the source"
        )
    planes = (shard.planes[key] for key in ("quantization_table", "stego_coefficients", "cover_coefficients"))
    for name, table, stego, cover in zip(shard.names, *planes, strict=True):
        yield str(name), {"vectors": extract(feature_set, stego, table), "covers": extract(feature_set, cover, table)}


def _of_changes(feature_set: str, shard: Shard, folder: Path) -> Iterator[Row]:
    tables, changes = shard.planes["quantization_table"], shard.planes["changes"]
    files = checksums.check(folder / f"{name}.jpg" for name in shard.names)
    for file, name, table, changed in zip(files, shard.names, tables, changes, strict=True):
        plane, cover_table = covers.read(file).arrays
        if not np.array_equal(cover_table, table) or plane.shape != changed.shape:
            raise DataError(f"{file}: expected the cover of the shard, got another: make the shard again")
        yield str(name), {"vectors": extract(feature_set, plane + changed, table)}


def _write(path: Path, feature_set: str, rows: Iterable[Row], total: int) -> str:
    facts = FEATURES[feature_set]
    attributes = {"features": facts.name, "version": facts.version, "citation": facts.citation}
    attributes |= {f"{package}_version": version(package) for package in ("numpy", "numba", "h5py")}
    feature_files.write(path, rows, total, attributes)
    return f"{total} images"
