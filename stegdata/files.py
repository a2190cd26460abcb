"""Files read whole, and files that appear whole or not at all."""

import errno
import hashlib
import os
import platform
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stegdata.errors import DataError

#: Errors of file systems that cannot flush a folder.
NOT_OFFERED = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES)
#: Characters of a name that a temporary name repeats, as no name may have more than 255 bytes.
REPEATED = 50
#: Names a machine: on a shared disk, processes of another one cannot be asked whether they live.
HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the content of an image file; DataError if it is missing, a folder, unreadable or empty."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise unreadable(path, "an image file", error) from error
    if not data:
        raise DataError(f"{path}: expected an image file, got an empty file: fetch it again or leave it out")
    return data


@contextmanager
def atomic_write(path: str | os.PathLike[str], *, flush: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; give the file its name when the block ends without an error.

    The file is flushed to disk before it gets its name, and the folder after, so that neither a crash nor a power
    cut leaves half a file under `path`. What was there before stays until then. After kill -9 the temporary file
    `.<name>.<process>.tmp` may stay behind; nothing reads it. `flush` is False for a file of a folder that is flushed
    as a whole. Raises DataError if the file cannot be written, or another process wrote it meanwhile.
    """
    path = Path(path)
    temporary, before = _temporary(path, "tmp"), _identity(path)
    try:
        yield temporary
        if _identity(path) != before:
            raise _taken(path)
        if flush:
            publish(temporary, path)
        else:
            temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):  # gone after the rename, or could never be made
            temporary.unlink()


@contextmanager
def atomic_folder(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; give it its name when the block ends without an error.

    All files are flushed to disk together before that: one by one, as they are written, takes four times as long. Of
    two processes that make one folder, the first to end wins, and nothing of its folder is touched by the other. With
    `replace` it takes the place of a folder with files that is there when the block begins: an old output. Raises
    DataError if the folder cannot be written, is there already, or another process made it meanwhile.
    """
    path = Path(path)
    if not replace and path.is_dir() and any(path.iterdir()):
        raise DataError(f"{path}: expected a new or empty folder, got one with files: name another or delete it")
    temporary, old, before = _temporary(path, "tmp"), _temporary(path, "old"), _identity(path)
    _remove_left(path)
    try:
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        temporary.mkdir(parents=True)
        yield temporary
        for file in (*temporary.rglob("*"), temporary):
            _sync(file)
        if replace and before and path.is_dir() and not path.is_symlink():
            path.replace(old)  # set aside: removal cut short would leave half of it
            if _identity(old) != before:
                old.replace(path)
                raise _taken(path)
        temporary.replace(path)  # the system refuses it where there are files
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise _taken(path) from error
        raise DataError(
            f"{path}: expected to write this folder, got {error}: check permission and free space"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary(path: Path, ending: str) -> Path:
    """Return a name beside a path that no other process and no other call uses."""
    return path.with_name(f".{path.name[:REPEATED]}.{HOST}-{os.getpid()}-{secrets.token_hex(4)}.{ending}")


def _identity(path: Path) -> tuple[int, ...] | None:
    """Device, inode and, of a file, time of change; None where there is nothing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, *(() if path.is_dir() else (status.st_mtime_ns,)))


def _taken(path: Path) -> DataError:
    return DataError(
        f"{path}: expected to be the only one that writes it, got one that another process wrote meanwhile: that one "
        "is whole and stays; name another place, or run one after the other"
    )


def _remove_left(path: Path) -> None:
    """Remove temporary folders of this path whose process, of this machine, was killed."""
    left = re.compile(rf"\.{re.escape(path.name[:REPEATED])}\.{HOST}-(\d+)-[0-9a-f]{{8}}\.(tmp|old)", re.ASCII)
    for entry in path.parent.iterdir() if path.parent.is_dir() else ():
        match = left.fullmatch(entry.name)
        if match and not _lives(int(match[1])):
            shutil.rmtree(entry, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        pass
    return True


def publish(temporary: Path, path: Path) -> None:
    """Flush a complete file to disk and rename it, as `atomic_write` does."""
    try:
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error


def expanded(path: str) -> str:
    """Replace `~` by the home folder and `$NAME` by its value in the environment; others stay."""
    return str(Path(os.path.expandvars(path)).expanduser())


def sha256(path: str | os.PathLike[str]) -> str:
    """Hash of a file, in hexadecimal; DataError where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, "a file", error) from error


def check_sha256(path: str | os.PathLike[str], expected: str, advice: str) -> None:
    """Raise DataError unless a file is what was written: disks, copies and networks change bits now and then."""
    digest = sha256(path)
    if digest != expected:
        raise DataError(
            f"{path}: expected sha256 {expected[:12] or 'none'}..., got {digest[:12]}...: it was changed since it was "
            f"written; {advice}"
        )


def unreadable(path: str | os.PathLike[str], label: str, error: OSError) -> DataError:
    """Make the error of a file that cannot be read: its content is unknown, so it must not be deleted."""
    if isinstance(error, FileNotFoundError):
        return DataError(f"{path}: expected {label}, found no file: check the path, or make it: `snakemake {path}`")
    return DataError(
        f"{path}: expected to read {label}, got {error.strerror or error}: check permission, locks and the disk; the "
        "file itself may be well"
    )


def unwritable(path: str | os.PathLike[str], error: OSError) -> DataError:
    """Make the error of a file that cannot be written."""
    return DataError(
        f"{path}: expected to write this file, got {error.strerror or error}: "
        "check that its folder exists, can be written to and has space left"
    )


def _sync(path: Path) -> None:
    """Flush a file or folder to disk; SMB, FUSE and some others do not offer that for folders."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NOT_OFFERED or not path.is_dir():
            raise
    finally:
        os.close(descriptor)
