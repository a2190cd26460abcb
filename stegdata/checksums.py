"""Tables that hold the sha256 of every file of a folder: `manifest.tsv`."""

from collections.abc import Iterable
from pathlib import Path

from stegdata import tsv
from stegdata.files import sha256
from stegdata.folders import is_system

MANIFEST = "manifest.tsv"
COLUMNS = ("cover", "sha256")
FILE_COLUMNS = ("file", "sha256")


def write(folder: Path) -> None:
    """Write `manifest.tsv` into a folder of covers: the sha256 of each file, by name."""
    files = sorted(file for file in Path(folder).iterdir() if not is_system(file.name))
    tsv.write(Path(folder) / MANIFEST, COLUMNS, ((file.name, sha256(file)) for file in files))


def write_of(path: Path, files: Iterable[Path]) -> None:
    """Write the sha256 of some files of one folder, in the order given."""
    tsv.write(path, FILE_COLUMNS, ((Path(file).name, sha256(file)) for file in files))


def read(path: Path, key: str) -> dict[str, str]:
    """Read a manifest: file name, which is in column `key`, -> its sha256; DataError if it is something else."""
    return {row[key]: row["sha256"] for row in tsv.read(path, (key, "sha256"))}
