"""Files of a folder, or members of a zip or tar archive, one by one; nothing is ever unpacked to disk."""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from stegdata import folders, formats
from stegdata.errors import DataError
from stegdata.folders import HIDDEN, is_system, posix
from stegdata.formats import dicom_header

#: Limits beyond which an archive was made to fill memory or disk: of one file, of their number, of unpacked to packed.
MEMBER_BYTES = 512 * 2**20
MEMBERS = 1_000_000
RATIO = 200
#: Unpacked bytes that are never too many, whatever the ratio.
HARMLESS_BYTES = 2**30
#: Of a tar's extended header, which tarfile reads into memory.
HEADER_BYTES = 2**20
EXTENDED = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
COMPRESSED = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))
#: How other members of archives than files are counted.
LINKS = "links and devices"
#: A DICOM file has its mark behind so many bytes.
_PIECE = 2**20


@dataclass
class Member:
    """A regular file of a folder or archive, to be read before the next one is asked for.

    Attributes
    ----------
    name : str
        Relative POSIX path.
    size : int
        Bytes.
    where : str
        How messages call it.
    """

    name: str
    size: int
    where: str
    _open: Callable[[], IO[bytes]]
    _stream: IO[bytes] | None = None
    _head: bytes = field(default=b"")

    def is_dicom(self) -> bool:
        """Tell DICOM by its ending or its mark: clinical archives name files by number or UID."""
        if PurePosixPath(self.name).suffix.lower() == ".dcm":
            return True
        if self._stream is None:
            with self._whole():
                self._stream = self._open()
                self._head = self._stream.read(dicom_header.HEAD)
        return dicom_header.is_dicom(self._head)

    def read(self) -> bytes:
        """Return the whole content; DataError if there is too much of it."""
        with self._whole(), self._stream or self._open() as stream:
            content = self._head + stream.read(MEMBER_BYTES + 1 - len(self._head))
        self._stream, self._head = None, b""
        if len(content) > MEMBER_BYTES:
            raise DataError(
                f"{self.where}: expected an image below {MEMBER_BYTES >> 20} MiB, got more: remove it, or unpack and "
                "convert it"
            )
        return content

    def drain(self) -> None:
        """Read to the end, where checksums are."""
        with self._whole(), self._stream or self._open() as stream:
            while stream.read(_PIECE):
                pass

    @contextmanager
    def _whole(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # zipfile and tarfile meet a broken member with exceptions of many classes
            raise DataError(f"{self.where}: expected a whole file, got {error}: fetch it again") from error


def images(path: Path, passed_over: Counter[str] | None = None, dicom: bool = True) -> Iterator[Member]:
    """Yield the images of a folder or archive: by their ending, and DICOM files of any name.

    Parameters
    ----------
    path : Path
        The folder or archive.
    passed_over : Counter, optional
        Counts all other files by their ending.
    dicom : bool
        Whether to look into files of other endings.

    Raises
    ------
    DataError
        As `members`; or if the folder of an image is one that this project made.
    """
    for member in members(path, passed_over):
        if is_image(member.name) or (dicom and member.is_dicom()):
            yield member
        elif PurePosixPath(member.name).name in folders.OURS:
            folders.check_not_ours(member.where, member.name, member.read)
        elif passed_over is not None:
            passed_over[folders.ending(member.name)] += 1


def members(path: Path, passed_over: Counter[str] | None = None) -> Iterator[Member]:
    """Yield the regular files of a folder (sorted) or archive (in its order).

    Hidden and system files are left out, and counted in `passed_over`.

    Raises
    ------
    DataError
        Nothing there, a broken archive, or one made to do harm: paths that lead out of it, images that are links,
        absurd sizes or numbers.
    """
    path = Path(path)
    if not path.exists():
        raise nothing(path)
    if path.is_dir():
        yield from _folder(path, passed_over)
        return
    try:
        yield from _zip(path, passed_over) if zipfile.is_zipfile(path) else _tar(path, passed_over)
    except DataError:
        raise
    except Exception as error:  # as above
        raise DataError(f"{path}: expected a whole zip or tar archive, got {error}: fetch it again") from error


def check(path: Path) -> int:
    """Read an archive to its end and return the number of its images.

    Raises
    ------
    DataError
        If it is broken, made to do harm, or holds no image.
    """
    images = 0
    for member in members(path):
        images += is_image(member.name) or member.is_dicom()
        member.drain()
    if not images:
        raise no_images(path)
    return images


def nothing(path: Path) -> DataError:
    """What to raise where there is neither folder nor archive."""
    return DataError(f"{path}: expected an archive or a folder of images, found nothing: check `path` in config.yaml")


def no_images(path: Path) -> DataError:
    """What to raise where there is no image."""
    endings = ", ".join(sorted(formats.IMAGES))
    return DataError(f"{path}: expected images ({endings}), found none: check `path` in config.yaml")


def is_image(name: str) -> bool:
    """By its ending."""
    return PurePosixPath(name).suffix.lower() in formats.IMAGES


def _folder(path: Path, passed_over: Counter[str] | None) -> Iterator[Member]:
    for name, file in folders.files(path, is_image, passed_over):
        yield member(name, file)


def member(name: str, file: Path) -> Member:
    """Return a file of a folder."""
    return Member(name, file.stat().st_size, str(file), lambda: file.open("rb"))


def admitted(
    path: Path, archive: zipfile.ZipFile, passed_over: Counter[str] | None = None
) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Yield the regular files of a zip, each with its POSIX path, in its order; DataError as of `members`."""
    limit = _Limit(path, passed_over)
    for info in archive.infolist():
        name, mode = posix(info.filename), info.external_attr >> 16
        folder = name.endswith("/")
        regular = not folder and (stat.S_ISREG(mode) or not stat.S_IFMT(mode))
        if limit.admits(name, info.file_size, regular, folder):
            yield name, info


def _zip(path: Path, passed_over: Counter[str] | None) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for name, info in admitted(path, archive, passed_over):
            yield Member(name, info.file_size, f"{path}: {name}", partial(archive.open, info))


def _tar(path: Path, passed_over: Counter[str] | None) -> Iterator[Member]:
    limit = _Limit(path, passed_over)
    with path.open("rb") as file:
        start = file.read(6)
    opener = next((opener for magic, opener in COMPRESSED if start.startswith(magic)), open)
    with opener(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
        for info in archive:
            name = posix(info.name)
            if limit.admits(name, info.size, info.isfile(), info.isdir()):
                yield Member(name, info.size, f"{path}: {name}", partial(_extracted, archive, info))
        while stream.read(_PIECE):  # up to the checksum at the end
            pass


def _extracted(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    if file is None:
        raise tarfile.ReadError(f"{info.name} is no regular file")
    return file


class _Header(tarfile.TarInfo):
    """A header that is whole: tarfile takes a damaged one, or none, for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):  # the end as it should be
                raise
            raise tarfile.ReadError(f"a damaged or cut off tar file ({error})") from error
        if header.type in EXTENDED and header.size > HEADER_BYTES:
            raise tarfile.ReadError(f"an extended header of {header.size:,} bytes")
        return header


class _Limit:
    """What an archive may hold."""

    def __init__(self, path: Path, passed_over: Counter[str] | None) -> None:
        self.path, self.count, self.unpacked = path, 0, 0
        self.passed_over = Counter() if passed_over is None else passed_over
        self.most = max(HARMLESS_BYTES, RATIO * path.stat().st_size)

    def admits(self, name: str, size: int, regular: bool, folder: bool) -> bool:
        """Whether a member is a file to be looked at; DataError if the archive is made to do harm."""
        self.count += 1
        self.unpacked += size
        if self.count > MEMBERS:
            raise DataError(
                f"{self.path}: expected at most {MEMBERS:,} members, got more: unpack what you need, and name the "
                "folder under `path` in config.yaml"
            )
        if self.unpacked > self.most:
            raise DataError(
                f"{self.path}: expected at most {self.most:,} bytes unpacked from {self.path.stat().st_size:,} packed, "
                f"got more up to {name!r}: it is no archive of photographs; fetch it again from its publisher"
            )
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts:
            raise DataError(
                f"{self.path}: expected paths that stay inside the archive, got {name!r}: it may be made to do harm; "
                "fetch it from its publisher, or pack it again from inside its folder"
            )
        if folder:
            return False
        if is_system(name):
            self.passed_over[HIDDEN] += 1
            return False
        if not regular and is_image(name):
            raise DataError(
                f"{self.path}: expected images that are files, got {name!r}, a link or device: pack the archive again "
                "with files in place of links (tar --dereference)"
            )
        self.passed_over[LINKS] += not regular
        return regular
