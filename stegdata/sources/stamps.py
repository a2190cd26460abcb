"""What stands for a user's own folder or archive: its images by name, size, time, and content where times differ."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from stegdata import files, folders, tsv
from stegdata.errors import DataError
from stegdata.sources import archives

#: Below `results`; a table a source, which planning and the job that deals its covers keep.
FOLDER = "results/listings"
COLUMNS = ("file", "size", "time", "stamp", "sha256", "image")
#: How the one file of an archive is listed.
_ITSELF = "."


@dataclass(frozen=True)
class _Row:
    """A file as it was last seen, called by a hash of its path, which may tell a patient.

    `stamp` is the time when its content was first seen: a file that was only touched, or copied to another disk, keeps
    it. `sha256` is empty until the content was read once.
    """

    file: str
    size: int
    time: int
    stamp: int
    sha256: str
    image: bool


def path_of(source: str) -> Path:
    """Return where the table of a source is."""
    return Path(FOLDER) / f"{source}.txt"


def stamp(place: Path, table: Path) -> str:
    """Return what is the same as long as the images of a folder or archive are.

    Files that are no images do not count. Where nothing is there any more, it is as it was last seen: covers that
    were made stay good.

    Parameters
    ----------
    place : Path
        Folder or archive.
    table : Path
        What was seen before: brought up to date where it can be written. Content is read only of files whose time
        changed and whose size did not.

    Returns
    -------
    str
        A hash of names, sizes and stamps.

    Raises
    ------
    DataError
        Nothing there, now or before; a folder that cannot be read, or a link to one in it.
    """
    place, known = Path(place), _read(table)
    rows = _looked_at(place, known) if place.exists() else []
    if not any(row.image for row in rows) and any(row.image for row in known.values()):
        rows = list(known.values())
    elif not place.exists():
        raise archives.nothing(place)
    if rows != list(known.values()):
        _write(table, rows)
    digest = hashlib.sha256()
    for row in rows:
        if row.image:
            digest.update(f"{row.file}\n{row.size}\n{row.stamp}\n".encode())
    return digest.hexdigest()


def complete(place: Path, table: Path) -> None:
    """Hash the content of the images that were listed, so that `stamp` can tell a touched file from a changed one."""
    known = _read(table)
    for name, file in _files(Path(place)):
        row = known.get(_called(name))
        if row is not None and row.image and not row.sha256 and _seen(file) == (row.size, row.time):
            known[row.file] = replace(row, sha256=files.sha256(file))
    _write(table, list(known.values()))


def _looked_at(place: Path, known: Mapping[str, _Row]) -> list[_Row]:
    rows = []
    for name, file in _files(place):
        size, time = _seen(file)
        row = known.get(_called(name))
        if row is None or (row.size, row.time) != (size, time):
            row = _changed(name, file, size, time, row)
        rows.append(row)
    return rows


def _changed(name: str, file: Path, size: int, time: int, before: _Row | None) -> _Row:
    """Row of a file that is new, or whose size or time is."""
    if before is not None and before.sha256 and before.size == size:
        found = files.sha256(file)
        return replace(before, time=time, stamp=before.stamp if found == before.sha256 else time, sha256=found)
    image = name == _ITSELF or archives.is_image(name) or archives.member(name, file).is_dicom()
    return _Row(_called(name), size, time, time, "", image)


def _called(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _files(place: Path) -> Iterator[tuple[str, Path]]:
    if place.is_dir():
        yield from folders.files(place, archives.is_image)
    else:
        yield _ITSELF, place


def _seen(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _read(table: Path) -> dict[str, _Row]:
    """What was seen before; nothing where there is no table, or another one."""
    with suppress(DataError):
        return {row.file: row for row in tsv.parsed(table, COLUMNS, _row)}
    return {}


def _row(line: Mapping[str, str]) -> _Row:
    size, time, stamp = (int(line[column]) for column in ("size", "time", "stamp"))
    return _Row(line["file"], size, time, stamp, line["sha256"], line["image"] == str(True))


def _write(table: Path, rows: list[_Row]) -> None:
    with suppress(DataError, OSError):  # what cannot be kept is found out again
        table.parent.mkdir(parents=True, exist_ok=True)
        tsv.write(table, COLUMNS, map(astuple, rows))
