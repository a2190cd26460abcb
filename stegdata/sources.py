"""Where covers come from: what is known of each source, the list of its images, and the images one by one."""

import bz2
import gzip
import lzma
import re
import stat
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import IO

import numpy as np
from numpy.typing import NDArray

from stegdata import images
from stegdata.errors import DataError

KINDS = ("sample", "bossbase", "bows2", "alaska2", "folder")
GROUPS = ("file", "folder", "prefix")
IMAGE_ENDINGS = frozenset({".pgm", ".ppm", ".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".dcm"})
#: No image of these sources comes near: more is an archive made to fill the disk.
MEMBER_BYTES = 64 * 2**20
#: Line ends and tabs would tear tables apart; lone surrogates stand for bytes that are no UTF-8.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
COMPRESSED = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))


@dataclass(frozen=True)
class Archive:
    """A published data base: where it lies, what is in it, how it is checked and cited."""

    urls: tuple[str, ...]
    file: str
    count: int
    height: int
    width: int
    pixels: MappingProxyType[str, str]
    licence: str
    citation: str


ARCHIVES = MappingProxyType(
    {
        "bossbase": Archive(
            urls=("https://dde.binghamton.edu/download/ImageDB/BOSSbase_1.01.zip",),
            file="BOSSbase_1.01.zip",
            count=10_000,
            height=512,
            width=512,
            # sha256 of the decoded pixels of three covers, compared whenever one of them is read
            pixels=MappingProxyType(
                {
                    "1": "cc1c821f9f880c6f253c6327b60af3d2f15d5ebab4b283f19ecd318388c706ef",
                    "10": "96398fb602c5f67facd1b808f1f732505bd3ba1a87efab0fa1c5f7b76bec7f47",
                    "1013": "96ba67e04ac085189bce3394d8d5089acbd0d76886b5a5c28208f1840c6ef65f",
                }
            ),
            licence="none stated; distributed for research by DDE Lab, Binghamton University",
            citation='P. Bas, T. Filler, T. Pevny, "Break our steganographic system", Information Hiding 2011',
        ),
        "bows2": Archive(
            urls=(
                "http://bows2.ec-lille.fr/BOWS2OrigEp3.tgz",
                "https://web.archive.org/web/20130510185330/http://bows2.ec-lille.fr/BOWS2OrigEp3.tgz",
            ),
            file="BOWS2OrigEp3.tgz",
            count=10_000,
            height=512,
            width=512,
            pixels=MappingProxyType({}),
            licence="none stated; distributed for research by the BOWS-2 contest",
            citation='P. Bas, T. Furon, "Break our watermarking system, 2nd edition", 2007',
        ),
    }
)


def covers(kind: str, path: Path | None, *, group: str = "file", size: int = 256) -> dict[str, str]:
    """List a source: cover name -> group that no split may tear apart.

    Parameters
    ----------
    kind : {"sample", "bossbase", "bows2", "folder"}
        What the source is.
    path : Path or None
        The archive or folder; None for the sample.
    group : {"file", "folder", "prefix"}
        For a folder: every file by itself, all files below one top folder together (a patient with several series), or
        files alike up to the last underscore.
    size : int
        Side of the sample's tiles, in pixels.

    Raises
    ------
    DataError
        Nothing there, no images, two images of one name, or not the number of images that was published.
    """
    if kind == "sample":
        from stegdata import sample

        return sample.tiles(size)
    members = _members(Path(path))
    names = [_cover_name(kind, member) for member in members]
    name, found = Counter(names).most_common(1)[0]
    if found > 1:
        raise DataError(f"{path}: expected one image of each name, found {name!r} {found} times: rename or remove one")
    if bad := next(filter(UNPRINTABLE.search, names), None):
        raise DataError(f"{path}: expected names in UTF-8 without control characters, found {bad!r}: rename it")
    if kind in ARCHIVES:
        _check_names(Path(path), set(names), ARCHIVES[kind])
    tops = {PurePosixPath(member).parts[0] for member in members}
    # an archive has mostly one folder that holds all
    depth = 1 if len(tops) == 1 and not Path(path).is_dir() else 0
    below = ["/".join(PurePosixPath(member).parts[depth:]) for member in members]
    return {name: _group(member, name, group) for name, member in zip(names, below, strict=True)}


def read(
    kind: str, path: Path | None, names: Sequence[str], *, size: int = 256
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Read the named covers, in whatever order the source gives them fastest, as 8-bit grey at their own size.

    Yields
    ------
    name : str
    image : numpy.ndarray
        uint8 [height, width].

    Raises
    ------
    DataError
        A cover that is missing, unreadable, or not the published image.
    """
    if kind == "sample":
        from stegdata import sample

        yield from ((name, sample.tile(name, size)) for name in names)
        return
    wanted = set(names)
    for member, image in _images(Path(path), lambda member: _cover_name(kind, member) in wanted):
        name = _cover_name(kind, member)
        if kind in ARCHIVES:
            _check_image(Path(path), name, image, ARCHIVES[kind])
        wanted.remove(name)
        yield name, image
        if not wanted:
            return
    if wanted:
        raise DataError(f"{path}: expected image {min(wanted)}, found none: the source changed since it was listed")


def _cover_name(kind: str, member: str) -> str:
    """Return the file name without ending; in a folder source the names of folders go in front of it."""
    path = PurePosixPath(member).with_suffix("")
    return path.name if kind in ARCHIVES else "__".join(path.parts)


def _group(member: str, name: str, group: str) -> str:
    path = PurePosixPath(member)
    if group == "folder":
        return path.parts[0] if len(path.parts) > 1 else "."
    return name.rsplit("_", 1)[0] if group == "prefix" and "_" in path.stem else name


def _check_names(path: Path, names: set[str], archive: Archive) -> None:
    if len(names) != archive.count:
        missing = [str(number) for number in range(1, archive.count + 1) if str(number) not in names]
        if 0 < len(missing) < archive.count:
            listed = f" (missing {', '.join(missing[:3])}{', ...' if len(missing) > 3 else ''})"
        else:
            listed = ""
        raise DataError(
            f"{path}: expected {archive.count:,} images, found {len(names):,}{listed}: fetch it again, or use `kind: "
            "folder` for a part of a data base"
        )
    if absent := [name for name in archive.pixels if name not in names]:
        raise DataError(
            f"{path}: expected images named as published, found none named {', '.join(absent)}: fetch it again, or use "
            "`kind: folder` for images of other names"
        )


def _check_image(path: Path, name: str, image: NDArray[np.uint8], archive: Archive) -> None:
    if image.shape != (archive.height, archive.width):
        raise DataError(
            f"{path}: {name}: expected {archive.height}x{archive.width} pixels, got {image.shape[0]}x{image.shape[1]}: "
            "this is not the published data base"
        )
    if name in archive.pixels and sha256(image.tobytes()).hexdigest() != archive.pixels[name]:
        raise DataError(
            f"{path}: {name}: expected the published pixels, got others: this is not the published data base"
        )


def _members(path: Path) -> list[str]:
    """Images in an archive or folder, sorted, as relative POSIX paths."""
    if path.is_dir():
        found = [file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()]
    elif not path.exists():
        raise DataError(
            f"{path}: expected an archive or a folder of images, found nothing: check `path` in config.yaml"
        )
    else:
        found = [member for member, _ in _unpack(path, lambda member: False)]
    kept = sorted(filter(_is_image, found))
    if not kept:
        endings = ", ".join(sorted(IMAGE_ENDINGS))
        raise DataError(f"{path}: expected images ({endings}), found none: check `path` in config.yaml")
    return kept


def _is_image(member: str) -> bool:
    """By its ending; hidden files and paths that lead out of an archive are none."""
    path = PurePosixPath(member)
    hidden = any(part.startswith((".", "/")) for part in path.parts)
    return path.suffix.lower() in IMAGE_ENDINGS and not hidden


def _images(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    if path.is_dir():
        for member in filter(wanted, _members(path)):
            yield member, images.read(path / member)
        return
    with tempfile.TemporaryDirectory(prefix="covers-") as folder:
        for member, content in _unpack(path, wanted):
            if content is None:
                continue
            # members never choose where they land
            file = Path(folder) / f"member{PurePosixPath(member).suffix.lower()}"
            file.write_bytes(content)
            try:
                image = images.read(file)
            except DataError as error:
                raise DataError(str(error).replace(str(file), f"{path}: {member}")) from error
            yield member, image


def _unpack(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes | None]]:
    """Images of a zip or tar that are regular files, in one pass in the archive's order: path, content if wanted."""
    try:
        yield from _unpack_zip(path, wanted) if zipfile.is_zipfile(path) else _unpack_tar(path, wanted)
    except DataError:
        raise
    except Exception as error:  # zipfile and tarfile meet a broken file with exceptions of many classes
        raise DataError(f"{path}: expected a whole zip or tar archive, got {error}: fetch it again") from error


def _unpack_zip(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes | None]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir() or stat.S_ISLNK(info.external_attr >> 16) or not _is_image(info.filename):
                continue
            yield info.filename, _content(path, info.filename, archive.open(info)) if wanted(info.filename) else None


def _unpack_tar(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes | None]]:
    with path.open("rb") as file:
        start = file.read(6)
    opener = next((opener for magic, opener in COMPRESSED if start.startswith(magic)), open)
    with opener(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
        for info in archive:
            if info.isfile() and _is_image(info.name):
                yield info.name, _content(path, info.name, archive.extractfile(info)) if wanted(info.name) else None
        while stream.read(2**20):  # up to the checksum at the end
            pass


class _Header(tarfile.TarInfo):
    """A header that is whole: tarfile takes a damaged one, or none, for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes, encoding: str, errors: str) -> "_Header":
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):  # the end as it should be
                raise
            raise tarfile.ReadError(f"a damaged or cut off tar file ({error})") from error


def _content(path: Path, member: str, opened: IO[bytes]) -> bytes:
    with opened as stream:
        content = stream.read(MEMBER_BYTES + 1)
    if len(content) > MEMBER_BYTES:
        raise DataError(f"{path}: {member}: expected an image below {MEMBER_BYTES >> 20} MiB, got more: remove it")
    return content
