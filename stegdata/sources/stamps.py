"""A hash that stands for a user's own folder or archive: names, sizes, times, and content if times differ."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from stegdata import files, folders, tsv
from stegdata.errors import DataError
from stegdata.sources import nothing

#: Below `results`: a table per source, which planning and the job that splits it keep.
FOLDER = "results/listings"
COLUMNS = ("file", "size", "time", "stamp", "sha256")
#: File name in the listing of an archive.
_ITSELF = "."


@dataclass(frozen=True)
class _Row:
    """An image as it was last seen, named by a hash of its path, which may identify a patient.

    `stamp` is the time at which its content was first seen: a file that was only touched, or copied to another disk,
    keeps it. `sha256` is empty until the content was read once.
    """

    file: str
    size: int
    time: int
    stamp: int
    sha256: str


def path_of(source: str) -> Path:
    """Return the path of the table of a source."""
    return Path(FOLDER) / f"{source}.txt"


def stamp(path: Path, table: Path) -> str:
    """Return a hash that changes with the images of a folder or archive, and with nothing else.

    If nothing is at the path any more, the hash stays as it was: covers that were made stay good.

    Parameters
    ----------
    path : Path
        Folder or archive.
    table : Path
        Files as they were last seen; updated if it can be written. Content is read only if the time of a file changed
        and its size did not.

    Returns
    -------
    str
        A hash of names, sizes and stamps.

    Raises
    ------
    DataError
        Nothing there, now or before; a folder that cannot be read, or a link to a folder inside.
    """
    previous = _read(table)
    rows = [_row_of(name, file, previous.get(_hashed(name))) for name, file in _files(path)]
    if not rows and not previous and not path.exists():
        raise nothing(path)
    rows = rows or list(previous.values())
    if rows != list(previous.values()):
        _write(table, rows)
    seen = "".join(f"{row.file}\n{row.size}\n{row.stamp}\n" for row in rows)
    return hashlib.sha256(seen.encode()).hexdigest()


def complete(path: Path, table: Path) -> None:
    """Hash the content of the listed images, so that `stamp` can tell a touched file from a changed one."""
    rows = _read(table)
    for name, file in _files(path):
        row = rows.get(_hashed(name))
        if row is not None and not row.sha256 and _size_and_time(file) == (row.size, row.time):
            rows[row.file] = replace(row, sha256=files.sha256(file))
    _write(table, list(rows.values()))


def _row_of(name: str, file: Path, previous: _Row | None) -> _Row:
    size, time = _size_and_time(file)
    if previous is not None and (previous.size, previous.time) == (size, time):
        return previous
    if previous is not None and previous.sha256 and previous.size == size:
        digest = files.sha256(file)
        return replace(previous, time=time, stamp=previous.stamp if digest == previous.sha256 else time, sha256=digest)
    return _Row(_hashed(name), size, time, time, "")


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield the images of a folder, or an archive itself."""
    if path.is_dir():
        yield from folders.images(path)
    elif path.exists():
        yield _ITSELF, path


def _size_and_time(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _read(table: Path) -> dict[str, _Row]:
    """Return the files as they were last seen, by hashed name; none if there is no such table."""
    with suppress(DataError):
        return {row.file: row for row in tsv.parsed(table, COLUMNS, _parse)}
    return {}


def _parse(line: Mapping[str, str]) -> _Row:
    return _Row(line["file"], int(line["size"]), int(line["time"]), int(line["stamp"]), line["sha256"])


def _write(table: Path, rows: list[_Row]) -> None:
    with suppress(DataError, OSError):  # found out again next time
        table.parent.mkdir(parents=True, exist_ok=True)
        tsv.write(table, COLUMNS, map(astuple, rows))
