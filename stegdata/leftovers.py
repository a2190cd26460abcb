"""Shards, features and covers of parts that a split no longer has: a glob such as train-*.h5 would mix two splits."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from stegdata import checksums, hdf5
from stegdata.checksums import SUMS
from stegdata.errors import DataError
from stegdata.folders import is_system
from stegdata.names import Part


def take_away(folder: Path, kept: Iterable[str]) -> list[str]:
    """Remove the parts of a folder that are not kept, such as `train-003.h5` or a folder `train-003` of covers.

    Only what this project made: HDF5 files with its digest, and folders that hold nothing but what their `SHA256SUMS`
    lists.

    Parameters
    ----------
    folder : Path
        Shards or features of a stego set, or covers of a source.
    kept : iterable of str
        Names of the parts: train-000.

    Returns
    -------
    list of str
        Names of what was removed, sorted.
    """
    kept, removed = set(kept), []
    for path in sorted(Path(folder).iterdir()):
        if Part.is_name(path.stem) and path.stem not in kept and _made_here(path):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            removed.append(path.name)
    return removed


def _made_here(path: Path) -> bool:
    if path.is_symlink():
        return False
    try:
        if path.is_dir():
            files = {file.name for file in path.iterdir() if not is_system(file.name)} - {SUMS}
            return files <= checksums.read(path).keys()
        return path.suffix == ".h5" and hdf5.has_digest(path)
    except DataError:
        return False
