"""A user's own images: a folder or archive, with DICOM files of any name among them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from stegdata.errors import DataError
from stegdata.exclusions import LEFT_OUT, NOTED, Exclusion, passed_over
from stegdata.formats import dicom_header, images
from stegdata.sources import archives
from stegdata.sources.source import UNPRINTABLE, Listing, check_names, missing, told

#: Frames of a multi-frame DICOM are covers of their own.
FRAME = "__frame"
#: Bytes of a cover's name: with frame, tile, ending and what a temporary file adds, a file system takes 255.
LONGEST = 180
#: What a DICOM file is called where its path tells the patient.
OPAQUE = "dicom-"


@dataclass(frozen=True)
class _File:
    """A file of a source: the covers it gives, one a frame, and the patient where files are grouped by patient."""

    path: str
    covers: list[str]
    dicom: bool = False
    patient: str | None = None


class Folder:
    """Images below a folder, or in an archive, in folders of any depth."""

    def __init__(self, path: Path, group: str = "file") -> None:
        """Take a place, and what belongs together there: see `stegdata.sources.opened`.

        Groups with DICOM files are called by their first cover, so that no name tells the patient.
        """
        self._path, self._group = Path(path), group

    def listing(self) -> Listing:
        """List the covers."""
        exclusions: list[Exclusion] = []
        others: Counter[str] = Counter()
        files = [self._file(member, exclusions) for member in archives.images(self._path, others)]
        check_names(self._path, [name for file in files for name in file.covers])
        return Listing(self._groups(files), [*exclusions, *passed_over(others)])

    def read(
        self, names: Sequence[str], unreadable: dict[str, str] | None = None
    ) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Read the named covers, in the order of the folder."""
        wanted = set(names)
        files = wanted | {name.rpartition(FRAME)[0] for name in names}
        opaque = any(name.startswith(OPAQUE) for name in names)
        for member in archives.images(self._path):
            if not wanted:
                return
            if _cover_name(member.name) in files or (opaque and member.is_dicom()):
                with told(member.where, unreadable):
                    for name, image in _decoded(member, wanted):
                        wanted.remove(name)
                        yield name, image
        if wanted and not unreadable:
            raise missing(self._path, wanted)

    def _file(self, member: archives.Member, exclusions: list[Exclusion]) -> _File:
        """What a file gives; exclusions are of DICOM."""
        by_patient = self._group == "patient"
        if not member.is_dicom():
            if by_patient:
                raise DataError(
                    f"{member.where}: expected DICOM files only, as they are grouped by patient, found another: take "
                    "it away or choose `group: folder`"
                )
            name = _cover_name(member.name)
            exclusions += _shortening(member.name, name)
            return _File(member.name, [name])
        content = member.read()
        header = dicom_header.read(member.where, content)
        names = _frame_names(member, header, content)
        if not names:
            reason = f"as no image, but DICOM: {header.kind}"
            exclusions.append(Exclusion(_safe_name(member, header, content), LEFT_OUT, reason))
        elif by_patient and not header.patient:
            raise DataError(
                f"{member.where}: expected a PatientID, as files are grouped by patient, found none: add it, or choose "
                "`group: folder`"
            )
        exclusions += [Exclusion(name, NOTED, text) for name in names for text in header.remarks]
        if names and not names[0].startswith(OPAQUE):
            exclusions += _shortening(member.name, names[0])
        return _File(member.name, names, True, header.patient)

    def _groups(self, files: Sequence[_File]) -> dict[str, str]:
        """Cover name -> group, sorted by name."""
        tops = {file.path.partition("/")[0] for file in files}
        # an archive has mostly one folder that holds all
        skipped = f"{min(tops)}/" if len(tops) == 1 and not self._path.is_dir() else ""
        group_of: dict[str, str] = {}
        labels: dict[str, str] = {}
        for file in files:
            key = (
                str(file.patient) if self._group == "patient" else self._key(file.path, file.path.removeprefix(skipped))
            )
            for name in file.covers:
                group_of[name] = key
                if file.dicom:  # folders and numbers may tell the patient: the group's first cover stands for them
                    labels[key] = min(name, labels.get(key, name))
        return {name: labels.get(key, key) for name, key in sorted(group_of.items())}

    def _key(self, path: str, below: str) -> str:
        """What the files of a group have in common; `below` is the path without a folder that holds all."""
        name = _cover_name(path)
        if self._group == "folder":
            top, slash, _ = below.partition("/")
            return top if slash else "."
        return name.rsplit("_", 1)[0] if self._group == "prefix" and "_" in PurePosixPath(path).stem else name


def _decoded(member: archives.Member, wanted: set[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """The wanted images of a file, each with its cover name."""
    if not member.is_dicom():
        if (name := _cover_name(member.name)) in wanted:
            yield name, images.decode(member.where, member.read())
        return
    from stegdata.formats import dicom

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
    return _cover_name(member.name)


def _cover_name(member: str) -> str:
    """Path without ending, the names of folders in front of the file's; shortened where no file could be called so."""
    name = _joined(member)
    encoded = name.encode("utf-8", "surrogateescape")
    if len(encoded) <= LONGEST or UNPRINTABLE.search(name):  # which is refused later
        return name
    digest = sha256(encoded).hexdigest()[:16]
    return f"{encoded[: LONGEST - len(digest) - 1].decode('utf-8', 'ignore')}-{digest}"


def _joined(member: str) -> str:
    path = PurePosixPath(member)
    if archives.is_image(member):
        path = path.with_suffix("")
    return path.as_posix().replace("/", "__")


def _shortening(member: str, cover: str) -> list[Exclusion]:
    """Tell the path of a cover whose name is shortened."""
    shortened = _joined(member) != _cover_name(member)
    return [Exclusion(cover, NOTED, f"as called by a shortened name: its path is {member}")] if shortened else []
