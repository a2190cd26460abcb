"""What counts as a file of a folder, for sources, precomputed pairs, the command and verify alike."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from stegdata.errors import DataError

#: What systems put beside images, in small letters; and all names that begin with a dot.
SYSTEM = frozenset(
    {
        "__macosx",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "$recycle.bin",
        "system volume information",
        "@eadir",
        "lost+found",
    }
)
#: How files without an image are counted, where not by their ending.
HIDDEN, NO_ENDING = "hidden and system files", "files without an ending"
#: An ending; what follows the dots of a UID, or of a name that somebody gave, is none.
_ENDING = re.compile(r"\.(?=[0-9]*[a-z])[a-z0-9~_-]{1,12}")
#: First words of the tables that lie beside images that this project made.
OURS = {
    "manifest.tsv": (b"stego\tcover\tsha256", b"file\tsha256", b"shard\tsplit"),
    "SHA256SUMS": (b"# stegos of this project",),
    "pairs.tsv": (b"shard\tname\tchange_rate",),
}


def is_system(name: str) -> bool:
    """Tell a hidden file or a system's own by its relative path: `._1.pgm`, `Thumbs.db`, `__MACOSX/photos/1.pgm`."""
    return any(part.startswith(".") or part.lower() in SYSTEM for part in name.removeprefix("./").split("/"))


def posix(name: str) -> str:
    r"""Read backslashes as folders, as Windows writes them into zips: `photos\1.pgm` is `photos/1.pgm`."""
    return name.replace("\\", "/")


def ending(name: str) -> str:
    """What a file without an image is counted by: `*.txt`."""
    found = PurePosixPath(name).suffix.lower()
    return f"*{found}" if _ENDING.fullmatch(found) else NO_ENDING


def files(
    folder: Path, wanted: Callable[[str], bool], passed_over: Counter[str] | None = None
) -> Iterator[tuple[str, Path]]:
    """Yield the regular files below a folder, sorted, each with its relative POSIX path.

    Parameters
    ----------
    folder : Path
        The folder.
    wanted : callable
        Whether a file of that name is an image: a link to nothing is then refused.
    passed_over : Counter, optional
        Counts hidden and system files, which are not yielded.

    Raises
    ------
    DataError
        A folder that cannot be read; a link to a folder, as what is behind it would be missing.
    """

    def refuse(error: OSError) -> None:
        if not is_system(posix(str(error.filename)[len(str(folder)) :].strip("/"))):
            raise DataError(
                f"{error.filename}: expected a folder to read, got {error.strerror}: check permission"
            ) from error

    found: list[tuple[list[str], Path]] = []
    for above, below, names in os.walk(folder, onerror=refuse):
        parts = posix(above[len(str(folder)) :].strip("/")).split("/") if above != str(folder) else []
        hidden = is_system("/".join(parts))
        links = [name for name in below if not hidden and Path(above, name).is_symlink()]
        for name in (*names, *links):
            if hidden or is_system(name):
                if passed_over is not None:
                    passed_over[HIDDEN] += 1
            else:
                found.append(([*parts, *posix(name).split("/")], Path(above, name)))
    for parts, file in sorted(found):
        name = "/".join(parts)
        if file.is_symlink() and (file.is_dir() or (wanted(name) and not file.exists())):
            raise DataError(
                f"{file}: expected files in folders, found a link to {'a folder' if file.is_dir() else 'nothing'}: put "
                "the folder or image itself there, as what is behind the link would be missing"
            )
        if file.is_file():
            yield name, file


def check_once(where: Path, names: Sequence[str], advice: str = "rename or remove one") -> None:
    """Raise DataError where two files have one name but for their ending: covers are called without it."""
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise DataError(f"{where}: expected one image of each name, found {name!r} {count} times: {advice}")


def check_apart(out: Path, folder: Path) -> None:
    """Raise DataError where results would lie among the images that they are made of, or these among results."""
    one, other = Path(out).resolve(), Path(folder).resolve()
    if one == other or one.is_relative_to(other) or other.is_relative_to(one):
        raise DataError(
            f"{out}: expected a folder for results apart from {folder}, got one inside the other: stegos would be "
            "taken as covers; name another folder"
        )


def check_not_ours(where: str, name: str, read: Callable[[], bytes]) -> None:
    """Raise DataError where a file is a table that stands beside stegos or shards of this project."""
    if read().startswith(OURS.get(PurePosixPath(name).name, ())):
        raise DataError(
            f"{where}: expected images that nobody embedded in, found a table of stegos or shards that this "
            "project made: take its folder away from the covers"
        )
