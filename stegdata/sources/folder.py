"""Images of a folder: a published data base, or a user's own with DICOM files of any name among them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from stegdata import folders, formats
from stegdata.errors import DataError, with_others
from stegdata.exclusions import LEFT_OUT, NOTED, Exclusion, passed_over
from stegdata.files import read_bytes
from stegdata.formats import dicom_header, images
from stegdata.sources import Listing
from stegdata.sources.kinds import Archive

#: Line ends and tabs would break tables; lone surrogates stand for bytes that are not UTF-8.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
#: Frames of a multi-frame DICOM are covers of their own.
FRAME = "__frame"
#: Bytes of a cover's name: a file system takes 255, with frame, tile, ending and the suffix of a temporary file.
LONGEST = 180
#: Prefix of a DICOM file's name if its path identifies the patient.
OPAQUE = "dicom-"
#: Bytes of an image file at most.
IMAGE_BYTES = 512 * 2**20


@dataclass(frozen=True)
class _File:
    """A file of a source: its covers, one per frame, and its PatientID if files are grouped by patient."""

    path: str
    covers: list[str]
    dicom: bool = False
    patient: str | None = None


class Folder:
    """Images below a folder, in folders of any depth."""

    def __init__(
        self,
        path: Path,
        group: str = "file",
        *,
        published: Archive | None = None,
        passed_over: Counter[str] | None = None,
        unpacked: bool = False,
    ) -> None:
        """Set folder and grouping (see `stegdata.sources.opened`).

        `published` describes the images of a published data base; `passed_over` counts the other members of the archive
        that the folder was `unpacked` from.
        """
        self._path, self._group, self._published, self._unpacked = path, group, published, unpacked
        self._passed_over = Counter(passed_over or {})

    def listing(self) -> Listing:
        """List the covers."""
        exclusions: list[Exclusion] = []
        others, faults, files = self._passed_over.copy(), folders.Faults(), []
        with faults.of(self._path):
            for name, file in self._images(others):
                with faults.of(file):
                    files.append(self._file(name, file, exclusions))
        faults.check()
        names = [name for file in files for name in file.covers]
        _check_names(self._path, names, self._published)
        jpegs = {
            name for file in files if PurePosixPath(file.path).suffix.lower() in formats.JPEG for name in file.covers
        }
        return Listing(self._groups(files), [*exclusions, *passed_over(others)], frozenset(jpegs))

    def read(self, names: Sequence[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Yield the named covers, in the order of the folder; at the end DataError of those that cannot be read."""
        remaining, unread, faults = set(names), set(), folders.Faults()
        files = remaining | {name.rpartition(FRAME)[0] for name in names}
        opaque = any(name.startswith(OPAQUE) for name in names)
        with faults.of(self._path):
            for path, file in self._images():
                if not remaining:
                    break
                if self._name(path) in files or (opaque and folders.is_dicom_file(path, file)):
                    with faults.of(file):
                        for name, image in self._decoded(path, file, remaining):
                            remaining.remove(name)
                            yield name, image
                    if str(file) in faults.reasons:
                        unread.add(self._name(path))
        for name in remaining:
            opaque = name.startswith(OPAQUE) and bool(unread)  # perhaps one of these
            if not opaque and not unread & {name, name.rpartition(FRAME)[0]}:
                changed = "the source changed since it was listed"
                faults.reasons[name] = f"{self._path}: expected image {name}, found none: {changed}"
        faults.check()

    def _images(self, others: Counter[str] | None = None) -> Iterator[tuple[str, Path]]:
        return folders.images(self._path, others, dicom=self._published is None)

    def _name(self, path: str) -> str:
        return PurePosixPath(path).stem if self._published else _cover_name(path)

    def _file(self, path: str, file: Path, exclusions: list[Exclusion]) -> _File:
        """Return the covers of a file; add what is to be noted of them."""
        if self._published:
            return _File(path, [self._name(path)])
        is_dicom, by_patient = folders.is_dicom_file(path, file), self._group == "patient"
        names, patient = [_cover_name(path)], None
        if is_dicom:
            content = _content(file)
            header = dicom_header.read(file, content)
            names, patient = _frame_names(path, header, content), header.patient
            if not names:
                name, reason = _safe_name(path, header, content), f"as no image, but DICOM: {header.sop_class}"
                exclusions.append(Exclusion(name, LEFT_OUT, reason))
            exclusions += [Exclusion(name, NOTED, text) for name in names for text in header.remarks]
        if by_patient and names and not patient:
            expected, advice = ("a PatientID", "add it") if is_dicom else ("DICOM files only", "take it away")
            raise DataError(
                f"{file}: expected {expected}, as files are grouped by patient, found none: {advice}, or choose "
                "`group: folder`"
            )
        if names and not names[0].startswith(OPAQUE) and _joined(path) != _cover_name(path):
            exclusions.append(Exclusion(names[0], NOTED, f"as called by a shortened name: its path is {path}"))
        return _File(path, names, is_dicom, patient)

    def _groups(self, files: Sequence[_File]) -> dict[str, str]:
        """Return cover name -> group, sorted by name."""
        tops = {file.path.partition("/")[0] for file in files}
        # an archive has mostly one folder that holds all
        skipped = f"{min(tops)}/" if len(tops) == 1 and self._unpacked else ""
        group_of: dict[str, str] = {}
        labels: dict[tuple[str, bool], str] = {}
        for file in files:
            label = str(file.patient) if self._group == "patient" else self._key(file.path, skipped)
            key = folded(label)
            for name in file.covers:
                group_of[name] = key
                # folders and numbers may identify the patient: the group's first DICOM cover stands for them
                shown = name if file.dicom else label
                labels[key, file.dicom] = min(shown, labels.get((key, file.dicom), shown))
        return {name: labels.get((key, True)) or labels[key, False] for name, key in sorted(group_of.items())}

    def _key(self, path: str, skipped: str) -> str:
        """Return what the files of a group have in common; `skipped` is a folder that holds all."""
        name = self._name(path)
        if self._group == "folder":
            top, slash, _ = path.removeprefix(skipped).partition("/")
            return top if slash else "."
        return name.rsplit("_", 1)[0] if self._group == "prefix" and "_" in PurePosixPath(path).stem else name

    def _decoded(self, path: str, file: Path, names: set[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Yield those images of a file that are among the names."""
        if self._published is None and folders.is_dicom_file(path, file):
            from stegdata.formats import dicom

            content = _content(file)
            frame_names = _frame_names(path, dicom_header.read(file, content), content)
            numbered = [(number, name) for number, name in enumerate(frame_names) if name in names]
            frames = dicom.frames(file, content, [number for number, _ in numbered])
            yield from ((name, frame) for (_, name), frame in zip(numbered, frames, strict=True))
        elif (name := self._name(path)) in names:
            image = images.decode(file, _content(file))
            if self._published:
                _check_published(f"{self._path}: {name}", self._published, name, image)
            yield name, image


def folded(key: str) -> str:
    """Return the form in which keys of groups are compared: Unicode NFC, blanks at the ends cut and inside joined.

    Examples
    --------
    >>> folded(" Anna  Berg ") == folded("Anna Berg")
    True
    """
    return " ".join(unicodedata.normalize("NFC", key).split())


def _check_names(path: Path, names: Sequence[str], published: Archive | None) -> None:
    """Raise DataError if there are no covers, one twice, names that no cover can have, or not those published."""
    if not names:
        endings = ", ".join(sorted(formats.IMAGES))
        raise DataError(f"{path}: expected images ({endings}), found none: check `path` in config.yaml")
    folders.check_once(path, names)
    if bad := list(map(repr, filter(UNPRINTABLE.search, sorted(names)))):
        message = f"{path}: expected names in UTF-8 without control characters, found {bad[0]}: rename it"
        raise DataError(with_others(message, bad[1:]))
    if published is None:
        return
    advice = "fetch it again, or use `kind: folder` for a part of a data base"
    if len(names) != published.count:
        absent = sorted(set(map(str, range(1, published.count + 1))) - set(names), key=int)
        listed = f" (missing {', '.join(absent[:3])}{', ...' if len(absent) > 3 else ''})"
        listed = listed if 0 < len(absent) < published.count else ""
        raise DataError(f"{path}: expected {published.count:,} images, found {len(names):,}{listed}: {advice}")
    if absent := sorted(published.pixels.keys() - set(names)):
        raise DataError(f"{path}: expected images named as published, found none named {', '.join(absent)}: {advice}")


def _check_published(where: str, published: Archive, name: str, image: NDArray[np.uint8]) -> None:
    height, width = image.shape
    if height != published.side or width != published.side:
        expected, got = f"{published.side}x{published.side} pixels", f"{height}x{width}"
    elif published.pixels.get(name) not in (None, sha256(image.tobytes()).hexdigest()):
        expected, got = "the published pixels", "others"
    else:
        return
    raise DataError(f"{where}: expected {expected}, got {got}: this is not the published data base")


def _content(file: Path) -> bytes:
    if file.stat().st_size > IMAGE_BYTES:
        raise DataError(
            f"{file}: expected an image below {IMAGE_BYTES >> 20} MiB, got more: remove it, or unpack and convert it"
        )
    return read_bytes(file)


def _frame_names(path: str, header: dicom_header.Header, content: bytes) -> list[str]:
    name = _safe_name(path, header, content)
    return [name] if header.frames == 1 else [f"{name}{FRAME}{number:04d}" for number in range(1, header.frames + 1)]


def _safe_name(path: str, header: dicom_header.Header, content: bytes) -> str:
    """Return the cover name, or a hash of the content if the path identifies patient or study: outputs hold names."""
    return f"{OPAQUE}{sha256(content).hexdigest()[:16]}" if header.identifies(path) else _cover_name(path)


def _cover_name(path: str) -> str:
    """Return the path without ending, its folders joined by `__`; shortened with a hash if too long for a file."""
    name = _joined(path)
    encoded = name.encode("utf-8", "surrogateescape")
    if len(encoded) <= LONGEST or UNPRINTABLE.search(name):  # refused later
        return name
    digest = sha256(encoded).hexdigest()[:16]
    return f"{encoded[: LONGEST - len(digest) - 1].decode('utf-8', 'ignore')}-{digest}"


def _joined(path: str) -> str:
    file = PurePosixPath(path)
    return (file.with_suffix("") if folders.is_image(path) else file).as_posix().replace("/", "__")
