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
    """Return a hash of names, sizes and stamps, which changes with the images at a path, and with nothing else.

    If nothing is at the path any more, the hash stays as it was: covers that were made stay good. The table has the
    files as they were last seen, and is updated if it can be written. Content is read only if the time of a file
    changed and its size did not.

    Raises
    ------
    DataError
        Nothing at the path, now or before; folders that cannot be read, or links to folders inside.
    """
    previous = _read(table)
    rows = [_row_of(previous.get(name), name, file) for name, file in _files(path)]
    if not rows and not previous and not path.exists():
        raise nothing(path)
    rows = rows or list(previous.values())
    if rows != list(previous.values()):
        _write(table, rows)
    seen = "".join(f"{row.file}\n{row.size}\n{row.stamp}\n" for row in rows)
    return hashlib.sha256(seen.encode()).hexdigest()


def count(path: Path, table: Path) -> int:
    """Return the number of images at a path, an archive counted as one; of a path that is gone, as it was last seen."""
    return sum(1 for _ in _files(path)) or len(_read(table))


def complete(path: Path, table: Path) -> None:
    """Hash the content of the listed images, so that `stamp` can tell a touched file from a changed one."""
    rows = _read(table)
    for name, file in _files(path):
        row = rows.get(name)
        if row is not None and not row.sha256 and _row_of(row, name, file) is row:
            rows[name] = replace(row, sha256=files.sha256(file))
    _write(table, list(rows.values()))


def _row_of(previous: _Row | None, name: str, file: Path) -> _Row:
    """Return how a file is seen now: the previous row itself where size and time are the same."""
    size, time = file.stat().st_size, file.stat().st_mtime_ns
    if previous is None or previous.size != size or (previous.time != time and not previous.sha256):
        return _Row(name, size, time, time, "")
    if previous.time == time:
        return previous
    digest = files.sha256(file)
    return replace(previous, time=time, stamp=previous.stamp if digest == previous.sha256 else time, sha256=digest)


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield the images of a folder, or an archive itself, each with the hash of its name."""
    listed = folders.images(path) if path.is_dir() else [(".", path)] if path.exists() else []
    for name, file in listed:
        yield hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32], file


def _read(table: Path) -> dict[str, _Row]:
    """Return the files as they were last seen, by hashed name; none if there is no such table."""
    with suppress(DataError):
        rows = tsv.parsed(table, COLUMNS, _parse)
        return {row.file: row for row in rows}
    return {}


def _parse(line: Mapping[str, str]) -> _Row:
    return _Row(line["file"], int(line["size"]), int(line["time"]), int(line["stamp"]), line["sha256"])


def _write(table: Path, rows: list[_Row]) -> None:
    with suppress(DataError, OSError):  # found out again next time
        table.parent.mkdir(parents=True, exist_ok=True)
        tsv.write(table, COLUMNS, map(astuple, rows))
