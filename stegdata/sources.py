"""The list of a source's images, and the images one by one; what is known of each source is in `stegdata.databases`."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from stegdata import archives, databases, dicom_header, images
from stegdata.databases import DATABASES, Database
from stegdata.errors import DataError
from stegdata.remarks import LEFT_OUT, NOTED, Remark

KINDS = tuple(DATABASES)
GROUPS = ("file", "folder", "prefix", "patient")
#: Line ends and tabs would tear tables apart; lone surrogates stand for bytes that are no UTF-8.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
#: Frames of a multi-frame DICOM are covers of their own.
FRAME = "__frame"
#: What a DICOM file is called where its path tells the patient.
OPAQUE = "dicom-"


@dataclass(frozen=True)
class _File:
    """A file of a source: the covers it gives, one a frame, and the patient where files are grouped by patient."""

    path: str
    covers: list[str]
    dicom: bool = False
    patient: str | None = None


def covers(
    kind: str, path: Path | None, *, group: str = "file", size: int = 256, remarks: list[Remark] | None = None
) -> dict[str, str]:
    """List a source: cover name -> group that no split may tear apart.

    Parameters
    ----------
    kind : {"sample", "bossbase", "bows2", "folder"}
        What the source is.
    path : Path or None
        The archive or folder; None for the sample.
    group : {"file", "folder", "prefix", "patient"}
        For a folder: every file by itself (all frames of it), all files below one top folder together (a patient with
        several series), files alike up to the last underscore, or DICOM files of one PatientID. Groups with DICOM files
        are called by their first cover, so that no name tells the patient.
    size : int
        Side of the sample's tiles, in pixels.
    remarks : list of Remark, optional
        Gets what was left out, and what is to be known of single covers.

    Raises
    ------
    DataError
        Nothing there, no images, two images of one name, or not the number of images that was published.
    """
    if kind == "sample":
        from stegdata import sample

        return sample.tiles(size)
    path = Path(path)
    remarks = [] if remarks is None else remarks
    files = [_file(kind, member, group, remarks) for member in _images_of(kind, path)]
    names = sorted(name for file in files for name in file.covers)
    if not names:
        raise archives.no_images(path)
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise DataError(f"{path}: expected one image of each name, found {name!r} {count} times: rename or remove one")
    if bad := next(filter(UNPRINTABLE.search, names), None):
        raise DataError(f"{path}: expected names in UTF-8 without control characters, found {bad!r}: rename it")
    if kind in databases.ARCHIVES:
        _check_names(path, set(names), databases.ARCHIVES[kind])
    return _groups(kind, path, files, group)


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
    path, wanted = Path(path), set(names)
    files = wanted | {name.rpartition(FRAME)[0] for name in names}
    opaque = any(name.startswith(OPAQUE) for name in names)
    for member in _images_of(kind, path):
        if not wanted:
            return
        if _cover_name(kind, member.name) in files or (opaque and member.is_dicom()):
            for name, image in _decoded(kind, member, wanted):
                if kind in databases.ARCHIVES:
                    _check_image(path, name, image, databases.ARCHIVES[kind])
                wanted.remove(name)
                yield name, image
    if wanted:
        raise DataError(f"{path}: expected image {min(wanted)}, found none: the source changed since it was listed")


def _images_of(kind: str, path: Path) -> Iterator[archives.Member]:
    """Images by their ending, and in a folder source DICOM files of any name."""
    for member in archives.members(path):
        if archives.is_image(member.name) or (kind not in databases.ARCHIVES and member.is_dicom()):
            yield member


def _file(kind: str, member: archives.Member, group: str, remarks: list[Remark]) -> _File:
    """What a file gives; remarks are of DICOM."""
    if kind in databases.ARCHIVES or not member.is_dicom():
        if group == "patient":
            raise DataError(
                f"{member.where}: expected DICOM files only, as they are grouped by patient, found another: take it "
                "away or choose `group: folder`"
            )
        return _File(member.name, [_cover_name(kind, member.name)])
    content = member.read()
    header = dicom_header.read(member.where, content)
    names = _frame_names(member, header, content)
    if not names:
        remarks.append(Remark(_safe_name(member, header, content), LEFT_OUT, f"as no image, but DICOM: {header.kind}"))
    elif group == "patient" and not header.patient:
        raise DataError(
            f"{member.where}: expected a PatientID, as files are grouped by patient, found none: add it, or choose "
            "`group: folder`"
        )
    remarks += [Remark(name, NOTED, text) for name in names for text in header.remarks]
    return _File(member.name, names, True, header.patient)


def _decoded(kind: str, member: archives.Member, wanted: set[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """The wanted images of a file, each with its cover name."""
    if kind in databases.ARCHIVES or not member.is_dicom():
        if (name := _cover_name(kind, member.name)) in wanted:
            yield name, images.decode(member.where, member.read())
        return
    from stegdata import dicom

    content = member.read()
    names = _frame_names(member, dicom_header.read(member.where, content), content)
    asked = [(number, name) for number, name in enumerate(names) if name in wanted]
    frames = dicom.frames(member.where, content, [number for number, _ in asked])
    yield from ((name, frame) for (_, name), frame in zip(asked, frames, strict=True))


def _frame_names(member: archives.Member, header: dicom_header.Header, content: bytes) -> list[str]:
    name = _safe_name(member, header, content)
    if header.frames == 1:
        return [name]
    return [f"{name}{FRAME}{number:04d}" for number in range(1, header.frames + 1)]


def _safe_name(member: archives.Member, header: dicom_header.Header, content: bytes) -> str:
    """Cover name, or a hash of the whole file where the path tells patient or study, as names get into all outputs."""
    if header.tells(member.name):
        return f"{OPAQUE}{sha256(content).hexdigest()[:16]}"
    return _cover_name("folder", member.name)


def _cover_name(kind: str, member: str) -> str:
    """Return the file name without ending; in a folder source the names of folders go in front of it."""
    path = PurePosixPath(member)
    if archives.is_image(member):
        path = path.with_suffix("")
    return path.name if kind in databases.ARCHIVES else "__".join(path.parts)


def _groups(kind: str, path: Path, files: list[_File], group: str) -> dict[str, str]:
    """Cover name -> group, sorted by name."""
    tops = {PurePosixPath(file.path).parts[0] for file in files}
    # an archive has mostly one folder that holds all
    depth = 1 if len(tops) == 1 and not path.is_dir() else 0
    group_of, labels = {}, {}
    for file in files:
        key = file.patient if group == "patient" else _group(kind, file.path, depth, group)
        for name in file.covers:
            group_of[name] = key
            if file.dicom:  # folders and numbers may tell the patient: the group's first cover stands for them
                labels[key] = min(name, labels.get(key, name))
    return {name: labels.get(key, key) for name, key in sorted(group_of.items())}


def _group(kind: str, member: str, depth: int, group: str) -> str:
    name, path = _cover_name(kind, member), PurePosixPath(*PurePosixPath(member).parts[depth:])
    if group == "folder":
        return path.parts[0] if len(path.parts) > 1 else "."
    return name.rsplit("_", 1)[0] if group == "prefix" and "_" in path.stem else name


def _check_names(path: Path, names: set[str], archive: Database) -> None:
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


def _check_image(path: Path, name: str, image: NDArray[np.uint8], archive: Database) -> None:
    if image.shape != (archive.height, archive.width):
        raise DataError(
            f"{path}: {name}: expected {archive.height}x{archive.width} pixels, got {image.shape[0]}x{image.shape[1]}: "
            "this is not the published data base"
        )
    if name in archive.pixels and sha256(image.tobytes()).hexdigest() != archive.pixels[name]:
        raise DataError(
            f"{path}: {name}: expected the published pixels, got others: this is not the published data base"
        )
