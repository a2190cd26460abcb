"""Files of a folder: which ones count, for sources, precomputed pairs, the command and verify alike."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from stegdata import formats
from stegdata.errors import DataError, with_others
from stegdata.formats import dicom_header

#: Files that systems put beside images, in small letters; names that begin with a dot count too.
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
#: Labels of files that are not images, where the ending does not label them.
HIDDEN, NO_ENDING = "hidden and system files", "files without an ending"
#: An ending; the text after a dot of a UID, or of a person's name, is none.
_ENDING = re.compile(r"\.(?=[0-9]*[a-z])[a-z0-9~_-]{1,12}")
#: First words of the tables that this project writes beside its own images.
OURS = {
    "manifest.tsv": (b"stego\tcover\tsha256", b"file\tsha256", b"shard\tsplit"),
    "SHA256SUMS": (b"# stegos of this project",),
    "pairs.tsv": (b"shard\tname\tchange_rate",),
}


class Faults:
    """Errors of files, collected so that one bad file never hides another."""

    def __init__(self) -> None:
        """Begin without any."""
        self.reasons: dict[str, str] = {}

    @contextmanager
    def of(self, file: str | Path) -> Iterator[None]:
        """Collect a DataError of the block, which is about this file."""
        try:
            yield
        except DataError as error:
            self.reasons |= error.reasons or {str(file): str(error)}

    def check(self) -> None:
        """Raise one DataError if there are any: the first message, and the names of the other files."""
        if self.reasons:
            first, *others = sorted(self.reasons)
            raise DataError(with_others(self.reasons[first], others), self.reasons)


def is_system(name: str) -> bool:
    """Return whether a relative path is hidden or a system's: `._1.pgm`, `Thumbs.db`, `__MACOSX/photos/1.pgm`."""
    return any(part.startswith(".") or part.lower() in SYSTEM for part in name.removeprefix("./").split("/"))


def posix(name: str) -> str:
    r"""Read backslashes as folders, as Windows writes them into zips: `photos\1.pgm` is `photos/1.pgm`."""
    return name.replace("\\", "/")


def ending(name: str) -> str:
    """Return the label under which a file that is not an image is counted: `*.txt`."""
    suffix = PurePosixPath(name).suffix.lower()
    return f"*{suffix}" if _ENDING.fullmatch(suffix) else NO_ENDING


def is_image(name: str) -> bool:
    """Return whether the ending is an image's."""
    return PurePosixPath(name).suffix.lower() in formats.IMAGES


def is_dicom(name: str, head: bytes) -> bool:
    """Return whether a file is DICOM, by its ending or its first bytes: archives of clinics name files by number."""
    return PurePosixPath(name).suffix.lower() == ".dcm" or dicom_header.is_dicom(head)


def is_dicom_file(name: str, file: Path) -> bool:
    """Return `is_dicom` of a file on disk; True if it cannot be read, so that reading it says why."""
    try:
        with file.open("rb") as stream:
            return is_dicom(name, stream.read(dicom_header.HEAD))
    except OSError:
        return True


def images(folder: Path, passed_over: Counter[str] | None = None, *, dicom: bool = True) -> Iterator[tuple[str, Path]]:
    """Yield the images of a folder: files with the ending of an image, and DICOM files of any name.

    Other files are counted by their ending in `passed_over`; without `dicom` files of other endings are not opened.
    Raises DataError as `files`, or if this project made the folder of an image.
    """
    for name, file in files(folder, is_image, passed_over):
        if is_image(name) or (dicom and is_dicom_file(name, file)):
            yield name, file
        elif file.name in OURS:
            check_not_ours(file)
        elif passed_over is not None:
            passed_over[ending(name)] += 1


def files(
    folder: Path, is_wanted: Callable[[str], bool], passed_over: Counter[str] | None = None
) -> Iterator[tuple[str, Path]]:
    """Yield the regular files below a folder, sorted, each with its relative POSIX path.

    Hidden and system files are counted in `passed_over`, not yielded. `is_wanted` tells by the name whether a file is
    an image: a link to nothing is then an error.

    Raises
    ------
    DataError
        After the last file: folders that cannot be read; links to folders, since their files would be missing.
    """
    faults = Faults()

    def refuse(error: OSError) -> None:
        if not is_system(posix(str(error.filename)[len(str(folder)) :].strip("/"))):
            reason = f"expected a folder to read, got {error.strerror}: check permission"
            faults.reasons[str(error.filename)] = f"{error.filename}: {reason}"

    listed: list[tuple[list[str], Path]] = []
    for above, below, names in os.walk(folder, onerror=refuse):
        levels = posix(above[len(str(folder)) :].strip("/")).split("/") if above != str(folder) else []
        hidden = is_system("/".join(levels))
        links = [name for name in below if not hidden and Path(above, name).is_symlink()]
        for name in (*names, *links):
            if hidden or is_system(name):
                if passed_over is not None:
                    passed_over[HIDDEN] += 1
            else:
                listed.append(([*levels, *posix(name).split("/")], Path(above, name)))
    for levels, file in sorted(listed):
        name = "/".join(levels)
        if file.is_symlink() and (file.is_dir() or (is_wanted(name) and not file.exists())):
            faults.reasons[str(file)] = (
                f"{file}: expected files in folders, found a link to {'a folder' if file.is_dir() else 'nothing'}: put "
                "the folder or image itself there, as what is behind the link would be missing"
            )
        elif file.is_file():
            yield name, file
    faults.check()


def check_once(where: Path, names: Sequence[str], advice: str = "rename or remove one") -> None:
    """Raise DataError if files differ only in their ending: covers are named without it."""
    twice = [(name, count) for name, count in Counter(names).most_common() if count > 1]
    if twice:
        (name, count), *others = twice
        message = f"{where}: expected one image of each name, found {name!r} {count} times: {advice}"
        raise DataError(with_others(message, [other for other, _ in others]))


def check_apart(out: Path, folder: Path) -> None:
    """Raise DataError if a folder of results and a folder of images lie one inside the other."""
    results, images_folder = Path(out).resolve(), Path(folder).resolve()
    if results.is_relative_to(images_folder) or images_folder.is_relative_to(results):
        raise DataError(
            f"{out}: expected a folder for results apart from {folder}, got one inside the other: stegos would be "
            "taken as covers; name another folder"
        )


def check_not_ours(file: Path) -> None:
    """Raise DataError if a file is a table that this project wrote beside stegos or shards."""
    if file.read_bytes().startswith(OURS.get(file.name, ())):
        raise DataError(
            f"{file}: expected images that nobody embedded in, found a table of stegos or shards that this "
            "project made: take its folder away from the covers"
        )
