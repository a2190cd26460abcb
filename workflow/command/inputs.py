"""Files that a command is given: some by name, some by their folder."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stegdata import DataError, folders


@dataclass(frozen=True)
class Input:
    """A file, and its name: the path below the folder that was given, without the ending."""

    path: Path
    name: str


def find(given: Iterable[Path], endings: Sequence[str], *, covers: bool = False, dicom: bool = False) -> list[Input]:
    """List files, and of folders all files below with one of these endings, sorted.

    Hidden and system files, links and names are dealt with as in the workflow's sources.

    Parameters
    ----------
    given : iterable of Path
        Files and folders.
    endings : sequence of str
        In small letters.
    covers : bool
        Whether nobody may have embedded in them.
    dicom : bool
        Whether DICOM files of any name count, which are known by their content.

    Raises
    ------
    DataError
        A path that does not exist, a folder without such files, two files of one name, a link to a folder; a folder
        of stegos where covers are asked.
    """
    found = []
    for path in map(Path, given):
        if not path.is_dir():
            if not path.is_file():
                raise DataError(f"{path}: expected a file or folder, found none: check the path")
            found.append(Input(path, path.stem))
            continue
        inside = list(_below(path, endings, covers=covers, dicom=dicom))
        if not inside:
            raise DataError(f"{path}: expected files {', '.join('*' + end for end in endings)} below, found none")
        found += inside
    advice = "rename or remove one; if they lie in two folders, give these one by one"
    seen: dict[str, Path] = {}
    twice = next((one for one in found if seen.setdefault(one.name, one.path) is not one.path), None)
    if twice is not None:
        folders.check_once(twice.path, [one.name for one in found if one.name == twice.name], advice)
    return found


def _below(folder: Path, endings: Sequence[str], *, covers: bool, dicom: bool) -> Iterator[Input]:
    def is_wanted(name: str) -> bool:
        return PurePosixPath(name).suffix.lower() in endings

    for name, file in folders.files(folder, is_wanted):
        if is_wanted(name):
            yield Input(file, PurePosixPath(name).with_suffix("").as_posix())
        elif dicom and folders.is_dicom_file(name, file):
            yield Input(file, name)
        elif covers and file.name in folders.OURS:
            folders.check_not_ours(file)
