"""Files named on the command line, each by itself or by its folder."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stegdata import DataError, folders


@dataclass(frozen=True)
class Input:
    """A file and its name: the path below its folder of the command line, without the ending."""

    path: Path
    name: str


def find(paths: Iterable[Path], endings: Sequence[str], *, covers: bool = False, dicom: bool = False) -> list[Input]:
    """List the files, and below each folder the files with one of these endings, sorted.

    Hidden and system files, links and names are handled as in the workflow's sources.

    Parameters
    ----------
    paths : iterable of Path
        Files and folders.
    endings : sequence of str
        In lower case.
    covers : bool
        Refuse a folder of stegos.
    dicom : bool
        Include DICOM files of any name, recognized by their content.

    Raises
    ------
    DataError
        A path that does not exist, a folder without such files, two files of one name, a link to a folder, a folder
        of stegos.
    """
    inputs: list[Input] = []
    for path in map(Path, paths):
        if not path.is_dir():
            if not path.is_file():
                raise DataError(f"{path}: expected a file or folder, found none: check the path")
            inputs.append(Input(path, path.stem))
            continue
        inside = list(_below(path, endings, covers=covers, dicom=dicom))
        if not inside:
            raise DataError(f"{path}: expected files {', '.join('*' + end for end in endings)} below, found none")
        inputs += inside
    advice = "rename or remove one; if they lie in two folders, give these one by one"
    first: dict[str, Input] = {}
    second = next((file for file in inputs if first.setdefault(file.name, file) is not file), None)
    if second is not None:
        folders.check_once(second.path, [file.name for file in inputs if file.name == second.name], advice)
    return inputs


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


def naming(file: Input, error: Exception) -> str:
    """Return the message of an error, which begins with the path of the file."""
    message = str(error)
    return message if message.startswith(str(file.path)) else f"{file.path}: {message}"
