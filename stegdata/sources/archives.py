"""Archives, unpacked once to a folder of their images; broken and hostile ones are refused."""

import bz2
import gzip
import json
import lzma
import shutil
import stat
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

import filelock

from stegdata.errors import DataError
from stegdata.files import atomic_folder
from stegdata.folders import HIDDEN, OURS, ending, is_dicom, is_image, is_system, posix

#: Limits beyond which an archive was made to fill the disk: number of members, ratio of unpacked to packed bytes.
MEMBERS = 1_000_000
RATIO = 200
#: Unpacked bytes that are allowed at any ratio.
HARMLESS_BYTES = 2**30
#: Of a tar's extended header, which tarfile reads into memory: pax, global pax, Solaris, GNU's long names and links.
HEADER_BYTES = 2**20
EXTENDED = (b"x", b"g", b"X", b"L", b"K")
COMPRESSED: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
#: Label of members that are neither files nor folders.
LINKS = "links and devices"
#: Bytes that stay free on the disk.
MARGIN = 100_000_000
#: Beside the unpacked images: of which archive they are, and how many other files it holds.
NOTES = ".archive.json"
_PIECE = 2**20
#: POSIX path of a member, its bytes, whether it is a regular file, or a folder, and what opens it.
_Member = tuple[str, int, bool, bool, Callable[[], IO[bytes] | None]]


def unpack(archive: Path, folder: Path) -> tuple[Path, Counter[str]]:
    """Unpack the images of a zip or tar to `<folder>/<name of the archive>/`, unless they are there already.

    A tar is plain or compressed by gzip, bzip2 or xz. The folder, which holds nothing else, appears whole or not at
    all, and is replaced when the archive has another name, size or time. Of two processes the second waits for the
    first. The archive is only read.

    Returns
    -------
    images : Path
        Folder of the images, with paths as in the archive; tables of this project are among them.
    passed_over : Counter
        Members that were not unpacked, by ending.

    Raises
    ------
    DataError
        A broken archive, or one made to do harm: paths that lead out of it, images that are links, absurd sizes or
        numbers. A disk without room.
    """
    status, notes = archive.stat(), folder / NOTES
    origin = [archive.name, status.st_size, status.st_mtime_ns]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder.with_name(f".{folder.name}.lock")):
            if not notes.exists() or json.loads(notes.read_text(encoding="utf-8"))["archive"] != origin:
                with atomic_folder(folder, replace=True) as temporary:
                    passed_over = _unpack(archive, temporary / archive.name)
                    content = json.dumps({"archive": origin, "passed_over": passed_over})
                    (temporary / NOTES).write_text(content, encoding="utf-8")
            return folder / archive.name, Counter(json.loads(notes.read_text(encoding="utf-8"))["passed_over"])
    except OSError as error:
        raise DataError(f"{folder}: expected to unpack {archive} to it, got {error}: check this folder") from error


def _unpack(archive: Path, target: Path) -> Counter[str]:
    passed_over: Counter[str] = Counter()
    target.mkdir()
    needed = archive.stat().st_size  # of a tar, which has no table of contents, at least
    if zipfile.is_zipfile(archive):
        with _readable(archive), zipfile.ZipFile(archive) as opened:
            needed = sum(info.file_size for info in opened.infolist() if is_image(info.filename))
    if needed <= _most(archive):
        check_room(archive, target, needed, f"to unpack it to {target.parent.parent}")
    for name, pieces in _members(archive, passed_over):
        head = next(pieces, b"")
        if not (is_image(name) or is_dicom(name, head) or PurePosixPath(name).name in OURS):
            passed_over[ending(name)] += 1
            continue
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            stream = file.open("xb")
        except FileExistsError as error:
            raise DataError(
                f"{archive}: expected one image of each name, found {name!r} 2 times: rename or remove one"
            ) from error
        with stream:
            stream.write(head)
            stream.writelines(pieces)
    return passed_over


def check_room(archive: Path, folder: Path, needed: int, purpose: str) -> None:
    """Raise DataError unless a disk has this many bytes free, and `MARGIN` more."""
    needed, free = needed + MARGIN, shutil.disk_usage(folder).free
    if free < needed:
        raise DataError(
            f"{archive}: expected {needed / 1e9:.1f} GB free {purpose}, got {free / 1e9:.1f}: free some, or make "
            "`resources` a link to a larger disk"
        )


def check(path: Path) -> int:
    """Return the number of images of an archive, read to its end, where checksums are; DataError also if 0."""
    images = 0
    for name, pieces in _members(path, Counter()):
        images += is_image(name) or is_dicom(name, next(pieces, b""))
        for _ in pieces:
            pass
    if not images:
        raise DataError(f"{path}: expected an archive of images, found none in it: fetch it again")
    return images


def begins(start: bytes) -> bool:
    """Return whether a file with this start, of 262 bytes or more, is an archive."""
    return start.startswith((b"PK\x03\x04", *COMPRESSED)) or start[257:262] == b"ustar"


def _members(path: Path, passed_over: Counter[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the regular files of an archive in its order: POSIX path and content in pieces, to be read at once.

    Hidden and system files, links and devices are counted in `passed_over`.
    """
    unpacked, most = 0, _most(path)
    with _readable(path):
        members = _zip(path) if zipfile.is_zipfile(path) else _tar(path)
        for count, (name, size, regular, folder, opener) in enumerate(members, 1):
            unpacked += size
            if count > MEMBERS:
                raise DataError(f"{path}: expected at most {MEMBERS:,} members, got more: unpack it, name its folder")
            if unpacked > most:
                packed = f"{path.stat().st_size:,} packed"
                raise DataError(
                    f"{path}: expected at most {most:,} bytes unpacked from {packed}, got more up to {name!r}: fetch "
                    "it again from its publisher"
                )
            if name.startswith("/") or ".." in PurePosixPath(name).parts:
                raise DataError(
                    f"{path}: expected paths that stay inside the archive, got {name!r}: fetch it from its publisher, "
                    "or pack it again from inside its folder"
                )
            if folder:
                continue
            if is_system(name):
                passed_over[HIDDEN] += 1
            elif regular:
                yield name, _pieces(f"{path}: {name}", opener)
            elif is_image(name):
                raise DataError(
                    f"{path}: expected images that are files, got {name!r}, a link or device: pack the archive again "
                    "with files in place of links (tar --dereference)"
                )
            else:
                passed_over[LINKS] += 1


def _most(path: Path) -> int:
    """Bytes that an archive may unpack to."""
    return max(HARMLESS_BYTES, RATIO * path.stat().st_size)


def _zip(path: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name, mode = posix(info.filename), info.external_attr >> 16
            regular = stat.S_ISREG(mode) or not stat.S_IFMT(mode)
            yield name, info.file_size, regular, name.endswith("/"), partial(archive.open, info)


def _tar(path: Path) -> Iterator[_Member]:
    with path.open("rb") as file:
        start = file.read(6)
    opener = next((opener for magic, opener in COMPRESSED.items() if start.startswith(magic)), open)
    with opener(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
        for info in archive:
            yield posix(info.name), info.size, info.isfile(), info.isdir(), partial(archive.extractfile, info)
        while stream.read(_PIECE):  # up to the checksum at the end
            pass


def _pieces(where: str, open_member: Callable[[], IO[bytes] | None]) -> Iterator[bytes]:
    with _readable(where, "a whole file"):
        stream = open_member()
        while stream is not None and (piece := stream.read(_PIECE)):
            yield piece


@contextmanager
def _readable(where: str | Path, expected: str = "a whole zip or tar archive") -> Iterator[None]:
    """Report any failure to read as DataError: zipfile and tarfile raise exceptions of many classes."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{where}: expected {expected}, got {error}: fetch it again") from error


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
