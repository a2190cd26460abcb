"""Read the header of a DICOM file: frames, patient, burnt-in annotation; no value of it is copied anywhere."""

import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from stegdata.errors import DataError

if TYPE_CHECKING:
    from pydicom import Dataset

#: Bytes that identify DICOM; elements that a file without preamble begins with: group length to SOP instance.
HEAD = 132
_FIRST = frozenset({0x00, 0x01, 0x05, 0x08, 0x12, 0x13, 0x14, 0x16, 0x18})
#: Value representations and keywords of elements that identify a person, a day or a study.
_PRIVATE_KINDS = frozenset({"PN", "DA", "DT", "TM", "UI"})
_PRIVATE = re.compile(
    r"Patient|Person|Accession|StudyID|Institution|Address|Telephone|Physician|Operator|Admission|Station|Serial|"
    r"Requesting|Insurance|Military|Ethnic|Occupation|Comments"
)
#: SOP classes with pixels that are no images of anybody: doses, masks, computed values.
_NO_IMAGES = frozenset({"RT Dose Storage", "Segmentation Storage", "Parametric Map Storage"})
#: Shorter values occur everywhere: of names, and of other elements.
_SHORTEST_NAME, _SHORTEST = 2, 4


@dataclass(frozen=True)
class Header:
    """The part of a DICOM header that sources use."""

    #: 0 if it is no image.
    frames: int
    #: Name of its SOP class.
    sop_class: str
    #: PatientID, to group by; empty if it is missing.
    patient: str
    #: Burnt-in annotation, overlays.
    remarks: tuple[str, ...]
    #: Values that identify patient or study, letters and digits only, case-folded.
    private: frozenset[str]

    def identifies(self, path: str) -> bool:
        """Whether a name in a path holds one of the private values, or is a short PatientID as a word."""
        names = [_plain(name) for name in path.split("/")]
        words = {_plain(word) for word in re.split(r"[\W_]+", path)} if len(self.patient) >= _SHORTEST_NAME else set()
        return _plain(self.patient) in words or any(value in name for value in self.private for name in names)


def is_dicom(head: bytes) -> bool:
    """Recognize DICOM by its first `HEAD` bytes: the mark DICM, or without preamble two elements in order."""
    if head[128:HEAD] == b"DICM":
        return True
    group, element = head[:2], int.from_bytes(head[2:4], "little")
    if group not in (b"\x02\x00", b"\x08\x00") or element not in _FIRST:
        return False
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    if explicit and head[4:6] in (b"OB", b"OW", b"UN", b"SQ", b"UT"):
        size, start = int.from_bytes(head[8:12], "little"), 12
    else:
        size, start = int.from_bytes(head[6:8] if explicit else head[4:8], "little"), 8
    following = head[start + size : start + size + 4]
    in_order = following[:2] == group and int.from_bytes(following[2:4], "little") > element
    return size % 2 == 0 and in_order


def read(path: str | os.PathLike[str], data: bytes) -> Header:
    """Read the header of a whole DICOM file, which `path` names in messages; DataError if it is another file."""
    import pydicom

    with quiet(path, None):
        dataset = pydicom.dcmread(BytesIO(data), force=True, stop_before_pixels=True)
        sop_class = _sop_class(dataset)
        frames = _frames(path, dataset, sop_class)
        return Header(
            frames, sop_class, str(dataset.get("PatientID") or "").strip(), _remarks(dataset), private(dataset)
        )


@contextmanager
def quiet(path: str | os.PathLike[str], dataset: "Dataset | None") -> Iterator[None]:
    """Suppress pydicom's warnings and turn its errors into DataError, so that no value of the file gets out."""
    logger = logging.getLogger("pydicom")
    before, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except DataError:
        raise
    except Exception as error:  # pydicom meets a broken file with exceptions of many classes
        message = f" ({_redacted(error, dataset)})" if dataset is not None else ""
        raise DataError(
            f"{path}: expected a complete DICOM file, got {type(error).__name__}{message}: "
            "the file is truncated or broken; fetch it again or leave it out"
        ) from None
    finally:
        logger.disabled = before


def private(dataset: "Dataset") -> frozenset[str]:
    """Return the values that identify patient or study, letters and digits only, case-folded."""
    values = set()
    for element in dataset.iterall():
        if element.VR in _PRIVATE_KINDS or (element.VR != "SQ" and _PRIVATE.search(element.keyword)):
            shortest = _SHORTEST_NAME if element.VR == "PN" else _SHORTEST
            for value in element.value if element.VM > 1 else [element.value]:
                names = re.split(r"[\^=\s]+", str(value)) if element.VR == "PN" else []
                values |= {plain for plain in map(_plain, [str(value), *names]) if len(plain) >= shortest}
    return frozenset(value for value in values if len(set(value)) > 1)  # 00000 tells nobody


def _sop_class(dataset: "Dataset") -> str:
    from pydicom.uid import UID

    meta = getattr(dataset, "file_meta", {})
    return UID(str(dataset.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID") or "")).name


def _frames(path: str | os.PathLike[str], dataset: "Dataset", sop_class: str) -> int:
    """Count the frames: 0 of reports, plans and directories, which have no rows; an image without was cut off."""
    if dataset.get("Rows"):
        return 0 if sop_class in _NO_IMAGES else int(dataset.get("NumberOfFrames") or 1)
    if not sop_class or sop_class.endswith("Image Storage"):
        got = f"{sop_class} without Rows" if sop_class else "no DICOM"
        raise DataError(
            f"{path}: expected a complete DICOM file, got {got}: the file is truncated or broken; fetch it again or "
            "leave it out"
        )
    return 0


def _remarks(dataset: "Dataset") -> tuple[str, ...]:
    burnt_in = str(dataset.get("BurnedInAnnotation") or "").strip().upper()
    remarks = []
    if burnt_in == "YES":
        remarks.append("for burnt-in annotation: the pixels may name the patient")
    elif burnt_in != "NO":
        remarks.append("for the lack of a statement on burnt-in annotation: look at the image")
    # overlay data, or the bit of the pixels that an overlay lies in
    overlays = (element for element in dataset if 0x6000 <= element.tag.group <= 0x60FF)
    if any(element.tag.element == 0x3000 or (element.tag.element == 0x0102 and element.value) for element in overlays):
        remarks.append("for an overlay, which is not drawn")
    return tuple(remarks)


def _redacted(error: Exception, dataset: "Dataset") -> str:
    text = " ".join(str(error).split())[:300]
    plain = _plain(text)
    return "its message tells of the patient" if any(value in plain for value in private(dataset)) else text


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
