"""Tables that hold the sha256 of every file of a folder: `manifest.tsv`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from stegdata import tsv
from stegdata.files import check_sha256, sha256
from stegdata.folders import is_system

MANIFEST = "manifest.tsv"
COLUMNS = ("cover", "sha256")
FILE_COLUMNS = ("file", "sha256")


def write(folder: Path) -> None:
    """Write `manifest.tsv` into a folder of covers: the sha256 of each file, by name."""
    files = sorted(file for file in Path(folder).iterdir() if not is_system(file.name) and file.name != MANIFEST)
    tsv.write(Path(folder) / MANIFEST, COLUMNS, ((file.name, sha256(file)) for file in files))


def write_of(path: Path, files: Iterable[Path]) -> None:
    """Write the sha256 of some files of one folder, in the order given."""
    tsv.write(path, FILE_COLUMNS, ((Path(file).name, sha256(file)) for file in files))


def read(path: Path, key: str) -> dict[str, str]:
    """Read a manifest: file name, which is in column `key`, -> its sha256; DataError if it is something else."""
    return {row[key]: row["sha256"] for row in tsv.read(path, (key, "sha256"))}


def check(files: Iterable[Path], key: str = "cover") -> Iterator[Path]:
    """Yield files of one folder, each after it was held to the manifest of the folder, where that has one.

    Raises
    ------
    DataError
        A file that is not what was written.
    """
    listed: dict[str, str] | None = None
    for file in files:
        manifest = file.parent / MANIFEST
        if listed is None:
            listed = read(manifest, key) if manifest.exists() else {}
        if listed:
            check_sha256(file, listed.get(file.name, ""), f"delete {file.parent} and make it again")
        yield file
