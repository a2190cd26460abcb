"""SHA-256 of the files of a folder, as `sha256sum` writes it: `cd FOLDER && sha256sum -c SHA256SUMS`."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from stegdata.errors import DataError
from stegdata.files import atomic_write, check_sha256, sha256, unreadable
from stegdata.folders import is_system

SUMS = "SHA256SUMS"
#: A comment, which `sha256sum` skips: it keeps a folder of stegos from being taken as covers.
STEGOS = b"# stegos of this project\n"
_LINE = re.compile(rb"(?P<escaped>\\?)(?P<digest>[0-9a-f]{64}) [ *](?P<name>.+)", re.DOTALL)
_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))


def write(folder: Path, files: Iterable[Path] | None = None, *, comment: bytes = b"") -> None:
    """Hash files of a folder, by default all of them by name, and write `SHA256SUMS` into it, whole or not at all."""
    folder = Path(folder)
    if files is None:
        files = sorted(file for file in folder.iterdir() if not is_system(file.name) and file.name != SUMS)
    write_digests(folder, {file.name: sha256(file) for file in map(Path, files)}, comment=comment)


def write_digests(folder: Path, digests: Mapping[str, str], *, comment: bytes = b"") -> None:
    r"""Write `SHA256SUMS` of a folder from file name -> sha256.

    As `sha256sum` does, a line whose name has a backslash, a line feed or a carriage return begins with a backslash,
    and these are written `\\`, `\n` and `\r`.
    """
    with atomic_write(Path(folder) / SUMS) as temporary, temporary.open("wb") as out:
        out.write(comment)
        for text, digest in digests.items():
            name = escaped = os.fsencode(text)
            for character, escape in _ESCAPES:
                escaped = escaped.replace(character, escape)
            out.write(b"\\" * (escaped != name) + f"{digest}  ".encode() + escaped + b"\n")


def read(folder: Path) -> dict[str, str]:
    """Read `SHA256SUMS` of a folder: file name -> sha256; DataError where it is missing or something else."""
    path, digests = Path(folder) / SUMS, {}
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, "lines of sha256sum", error) from error
    if not content.endswith(b"\n"):
        raise DataError(f"{path}: expected lines of sha256sum, got a last one that is cut off: delete it and run again")
    for line in content.splitlines():
        if line.startswith(b"#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise DataError(f"{path}: expected lines of sha256sum, got {line[:80]!r}: delete it and run again")
        name = match["name"]
        if match["escaped"]:
            name = re.sub(rb"\\(.)", lambda escape: {b"n": b"\n", b"r": b"\r"}.get(escape[1], escape[1]), name)
        digests[os.fsdecode(name)] = match["digest"].decode()
    return digests


def check(files: Iterable[Path]) -> Iterator[Path]:
    """Yield files of one folder, each after it was compared with `SHA256SUMS` of the folder, where that has one.

    Raises
    ------
    DataError
        A file that is not as it was written.
    """
    folder, digests = None, None
    for file in files:
        if folder is None:
            folder = file.parent
            if (folder / SUMS).exists():
                digests = read(folder)
        if digests is not None:
            check_sha256(file, digests.get(file.name, ""), f"delete {folder} and make it again")
        yield file
