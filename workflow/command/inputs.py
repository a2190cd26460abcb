"""Files that a command is given: some by name, some by their folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stegdata import DataError


@dataclass(frozen=True)
class Input:
    """A file, and its name: the path below the folder that was given, without the ending."""

    path: Path
    name: str


def find(given: Iterable[Path], endings: Sequence[str]) -> list[Input]:
    """List files, and of folders all files below with one of these endings, sorted.

    Raises
    ------
    DataError
        A path that does not exist, a folder without such files, two files of one name.
    """
    found = []
    for path in map(Path, given):
        if not path.is_dir():
            if not path.is_file():
                raise DataError(f"{path}: expected a file or folder, found none: check the path")
            found.append(Input(path, path.stem))
            continue
        inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in endings and file.is_file())
        if not inside:
            raise DataError(f"{path}: expected files {', '.join('*' + end for end in endings)} below, found none")
        found += [Input(file, file.relative_to(path).with_suffix("").as_posix()) for file in inside]
    seen: dict[str, Path] = {}
    for one in found:
        if one.name in seen:
            raise DataError(
                f"{one.path}: expected names of their own, got {one.name} again, as of {seen[one.name]}: give the "
                "folders one by one"
            )
        seen[one.name] = one.path
    return found
