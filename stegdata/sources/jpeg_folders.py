"""Folders of `<ID>.jpg`, on disk or inside a zip, read file by file."""

import tempfile
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from stegdata import folders
from stegdata.errors import DataError
from stegdata.formats import jpeg
from stegdata.sources import archives

ENDING = ".jpg"
#: How JPEGs of other folders are counted.
ELSEWHERE = f"*{ENDING} of other folders"


class Folders(Protocol):
    """Where the files are."""

    def ids(self, folder: str) -> set[str]:
        """IDs of the JPEGs of a folder; none if there is no such folder."""

    def others(self, known: Collection[str]) -> Counter[str]:
        """Count all files that are no JPEGs of these folders, by ending."""

    def read(self, folder: str, name: str) -> jpeg.JpegImage:
        """One of them."""


@contextmanager
def opened(path: Path) -> Iterator[Folders]:
    """Open a folder of folders, or a zip of it.

    Raises
    ------
    DataError
        Nothing there, another kind of archive, or one that is broken or made to do harm.
    """
    if not path.is_file():
        yield _OnDisk(path)
        return
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path}: expected a folder or a whole zip, got another file: unpack it, or fetch it again")
    # jpegio reads files only; one at a time lies here
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="pairs-") as scratch:
        yield _InZip(path, archive, Path(scratch))


class _OnDisk:
    def __init__(self, path: Path) -> None:
        self._path = path

    def ids(self, folder: str) -> set[str]:
        place = self._path / folder
        listed = folders.files(place, _is_jpeg) if place.is_dir() else ()
        return {file.stem for name, file in listed if _is_jpeg(name) and file.parent == place}

    def others(self, known: Collection[str]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for name, file in folders.files(self._path, _is_jpeg, counts):
            if not _is_jpeg(name):
                counts[folders.ending(name)] += 1
            elif file.parent.parent != self._path or file.parent.name not in known:
                counts[ELSEWHERE] += 1
        return counts

    def read(self, folder: str, name: str) -> jpeg.JpegImage:
        return jpeg.read(self._path / folder / f"{name}{ENDING}")


class _InZip:
    """Members are found by their last two parts, whatever folder is above."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, scratch: Path) -> None:
        self._path, self._archive, self._scratch = path, archive, scratch
        self._members: dict[tuple[str, str], zipfile.ZipInfo] = {}
        self._counts: Counter[str] = Counter()
        for member, info in archives.admitted(path, archive, self._counts):
            parts = PurePosixPath(member)
            if not _is_jpeg(member):
                self._counts[folders.ending(member)] += 1
            elif self._members.setdefault((parts.parent.name, parts.stem), info) is not info:
                raise DataError(f"{path}: expected one {parts.parent.name}/{parts.name}, got two: pack it again")

    def ids(self, folder: str) -> set[str]:
        return {name for above, name in self._members if above == folder}

    def others(self, known: Collection[str]) -> Counter[str]:
        return self._counts + Counter({ELSEWHERE: sum(above not in known for above, _ in self._members)})

    def read(self, folder: str, name: str) -> jpeg.JpegImage:
        where = self._path / folder / f"{name}{ENDING}"
        if (folder, name) not in self._members:
            raise DataError(f"{where}: expected this file in the zip, found none: it changed since it was listed")
        info = self._members[folder, name]
        member = archives.Member(info.filename, info.file_size, str(where), lambda: self._archive.open(info))
        file = self._scratch / "member.jpg"
        file.write_bytes(member.read())
        try:
            return jpeg.read(file)
        except DataError as error:
            raise DataError(str(error).replace(str(file), str(where))) from error


def _is_jpeg(name: str) -> bool:
    return PurePosixPath(name).suffix == ENDING
