"""Folders of `<ID>.jpg`, on disk or inside a zip, read file by file."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from stegdata.errors import DataError
from stegdata.formats import jpeg
from stegdata.sources import archives


class Folders(Protocol):
    """Where the files are."""

    def ids(self, folder: str) -> set[str]:
        """IDs of the JPEGs of a folder; none if there is no such folder."""

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
        return {file.stem for file in (self._path / folder).glob("*.jpg")}

    def read(self, folder: str, name: str) -> jpeg.JpegImage:
        return jpeg.read(self._path / folder / f"{name}.jpg")


class _InZip:
    """Members are found by their last two parts, whatever folder is above."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, scratch: Path) -> None:
        self._path, self._archive, self._scratch = path, archive, scratch
        self._members: dict[tuple[str, str], zipfile.ZipInfo] = {}
        for info in archives.admitted(path, archive):
            parts = PurePosixPath(info.filename)
            if parts.suffix == ".jpg" and self._members.setdefault((parts.parent.name, parts.stem), info) is not info:
                raise DataError(f"{path}: expected one {parts.parent.name}/{parts.name}, got two: pack it again")

    def ids(self, folder: str) -> set[str]:
        return {name for above, name in self._members if above == folder}

    def read(self, folder: str, name: str) -> jpeg.JpegImage:
        where = self._path / folder / f"{name}.jpg"
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
