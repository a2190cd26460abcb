"""Files of a folder, or members of a zip or tar archive, one by one; nothing is ever unpacked to disk."""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from stegdata.errors import DataError

IMAGE_ENDINGS = frozenset({".pgm", ".ppm", ".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".dcm"})
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
#: A DICOM file has its mark behind so many bytes.
_DICOM = slice(128, 132)
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
                self._head = self._stream.read(_DICOM.stop)
        return self._head[_DICOM] == b"DICM"

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


def members(path: Path) -> Iterator[Member]:
    """Yield the regular files of a folder (sorted) or archive (in its order), hidden ones left out.

    Raises
    ------
    DataError
        Nothing there, a broken archive, or one made to do harm: paths that lead out of it, images that are links,
        absurd sizes or numbers.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(
            f"{path}: expected an archive or a folder of images, found nothing: check `path` in config.yaml"
        )
    if path.is_dir():
        yield from _folder(path)
        return
    try:
        yield from _zip(path) if zipfile.is_zipfile(path) else _tar(path)
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


def no_images(path: Path) -> DataError:
    """What to raise where there is no image."""
    endings = ", ".join(sorted(IMAGE_ENDINGS))
    return DataError(f"{path}: expected images ({endings}), found none: check `path` in config.yaml")


def is_image(name: str) -> bool:
    """By its ending."""
    return PurePosixPath(name).suffix.lower() in IMAGE_ENDINGS


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _folder(path: Path) -> Iterator[Member]:
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if _is_hidden(name):
            continue
        if file.is_symlink() and (file.is_dir() or (is_image(name) and not file.exists())):
            raise DataError(
                f"{file}: expected files in folders, found a link to {'a folder' if file.is_dir() else 'nothing'}: put "
                "the folder or image itself there, as what is behind the link would be missing"
            )
        if file.is_file():
            yield Member(name, file.stat().st_size, str(file), lambda file=file: file.open("rb"))


def admitted(path: Path, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Yield the regular files of a zip, in its order; DataError as of `members`."""
    limit = _Limit(path)
    for info in archive.infolist():
        mode = info.external_attr >> 16
        regular = not info.is_dir() and (stat.S_ISREG(mode) or not stat.S_IFMT(mode))
        if limit.admits(info.filename, info.file_size, regular or info.is_dir()) and regular:
            yield info


def _zip(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in admitted(path, archive):
            where = f"{path}: {info.filename}"
            yield Member(info.filename, info.file_size, where, lambda info=info: archive.open(info))


def _tar(path: Path) -> Iterator[Member]:
    limit = _Limit(path)
    with path.open("rb") as file:
        start = file.read(6)
    opener = next((opener for magic, opener in COMPRESSED if start.startswith(magic)), open)
    with opener(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
        for info in archive:
            if limit.admits(info.name, info.size, info.isfile() or info.isdir()) and info.isfile():
                yield Member(info.name, info.size, f"{path}: {info.name}", lambda info=info: archive.extractfile(info))
        while stream.read(_PIECE):  # up to the checksum at the end
            pass


class _Header(tarfile.TarInfo):
    """A header that is whole: tarfile takes a damaged one, or none, for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes, encoding: str, errors: str) -> "_Header":
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

    def __init__(self, path: Path) -> None:
        self.path, self.count, self.unpacked = path, 0, 0
        self.most = max(HARMLESS_BYTES, RATIO * path.stat().st_size)

    def admits(self, name: str, size: int, plain: bool) -> bool:
        """Whether a member is to be looked at; DataError if the archive is made to do harm. `plain`: file or folder."""
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
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts:
            raise DataError(
                f"{self.path}: expected paths that stay inside the archive, got {name!r}: it may be made to do harm; "
                "fetch it from its publisher, or pack it again from inside its folder"
            )
        if _is_hidden(name):
            return False
        if not plain and is_image(name):
            raise DataError(
                f"{self.path}: expected images that are files, got {name!r}, a link or device: pack the archive again "
                "with files in place of links (tar --dereference)"
            )
        return plain
