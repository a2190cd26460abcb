"""HDF5 files of a row an image: written row by row, whole or not at all; checked by digest, read as memory maps."""

import hashlib
import io
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from stegdata.errors import DataError
from stegdata.files import atomic_write, unreadable, unwritable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: Attribute that holds the digest of everything else in the file.
DIGEST = "sha256"
#: Bytes that are hashed at once.
PART = 16 << 20
#: Files whose digest this process has checked: path, inode, size and time of change.
_checked: set[tuple[str, int, int, int]] = set()


@contextmanager
def opened(path: str | PathLike[str], label: str) -> Iterator[h5py.File]:
    """Open a file to read, without a lock, which NFS may not give, and check its digest, once a process.

    Disks, copies and networks change bits now and then, and HDF5 would read them as images. Raises DataError, with the
    label of its content, if it is missing, cannot be read, is not whole, was changed since it was written or holds
    something else: also of what is read in the block.
    """
    path = Path(path)
    try:
        path.open("rb").close()
    except OSError as error:
        raise unreadable(path, label, error) from error
    try:
        with h5py.File(path, "r", locking=False) as file:
            _check(path, label, file)
            yield file
    except DataError:
        raise
    except Exception as error:  # h5py meets a broken or foreign file with exceptions of many classes
        reason = " ".join(str(error).split())
        # of what is open already HDF5 tells no number
        if isinstance(error, OSError) and (error.errno is not None or "locking" in reason):
            raise unreadable(path, label, error) from error
        raise DataError(
            f"{path}: expected {label}, whole, got {reason}: delete it and run `snakemake {path}`"
        ) from error


def _check(path: Path, label: str, file: h5py.File) -> None:
    """Raise DataError unless the file is what was written."""
    state = path.stat()
    this = str(path.resolve()), state.st_ino, state.st_size, state.st_mtime_ns
    if this in _checked:
        return
    if sum(rows.nbytes for rows in file.values()) > state.st_size:  # damaged sizes: not to be read at all
        raise ValueError("data sets that are larger than the file")
    kept, computed = file.attrs.get(DIGEST), digest(file)
    if kept != computed:
        kept = f"{kept[:12]}..." if isinstance(kept, str) else "one without a digest, of another tool or an old version"
        raise DataError(
            f"{path}: expected {label} with digest {computed[:12]}..., got {kept}: it was changed since it was "
            f"written; delete it and run `snakemake {path}`"
        )
    _checked.add(this)


def digest(file: h5py.File) -> str:
    """Hash of all data sets and attributes of an open file, but for the digest itself: sha256, in hexadecimal."""
    hashed = hashlib.sha256()
    for name in sorted(file):
        rows = file[name]
        if rows.dtype.hasobject:
            raise ValueError(f"a data set of variable length, {name}")
        hashed.update(f"{name} {rows.dtype.str} {rows.shape}".encode())
        step = max(1, PART * len(rows) // max(1, rows.nbytes))
        for start in range(0, len(rows), step):
            hashed.update(np.ascontiguousarray(rows[start : start + step]).data.cast("B"))
    for name in sorted(set(file.attrs) - {DIGEST}):
        value = np.asarray(file.attrs[name])
        hashed.update(f"{name} {value.dtype.str} {value.tolist()!r}".encode())
    return hashed.hexdigest()


def has_digest(path: Path) -> bool:
    """Return whether a file is HDF5 that this project wrote, whole or not."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            return DIGEST in file.attrs
    except OSError:
        return False


def read(
    path: str | PathLike[str], label: str, required: Sequence[str]
) -> tuple[list[str], dict[str, NDArray[Any]], dict[str, Any]]:
    """Read names, all other data sets, memory-mapped but for those of a number a row, and attributes but the digest.

    Raises DataError as `opened`, and where a required data set is missing.
    """
    with opened(path, label) as file:
        arrays = {
            name: file[name][...] if file[name].ndim == 1 else memory_map(path, file[name])
            for name in (*required, *(set(file) - {"name", *required}))
        }
        described = {name: value for name, value in file.attrs.items() if name != DIGEST}
        return file["name"].asstr()[...].tolist(), arrays, described


def memory_map(path: str | PathLike[str], dataset: h5py.Dataset) -> NDArray[Any]:
    """Map a data set, read-only; one that is not contiguous, as another tool may write, is read into memory."""
    offset = dataset.id.get_offset()
    if offset is None:
        return dataset[...]
    mapped = np.memmap(path, mode="r", dtype=dataset.dtype, shape=dataset.shape, offset=offset)
    # each row of a memmap would become one too, in a microsecond or two
    return mapped.view(np.ndarray)


class Rows:
    """Data sets of an open HDF5 file that get a row each time; contiguous and without time stamps."""

    def __init__(self, path: str | PathLike[str], output: "_Output", file: h5py.File, count: int) -> None:
        """As `create` yields it."""
        self.names: list[str] = []
        self.attributes: dict[str, Any] = {}
        self.written = self.skipped = 0
        self._path, self._output, self._file, self._count = path, output, file, count
        self._sets: dict[str, h5py.Dataset] = {}
        self._like: dict[str, tuple[tuple[int, ...], np.dtype]] = {}

    def append(self, row: Mapping[str, Any], name: str | None = None) -> None:
        """Write one row of every data set; the first one says their names, order, shapes and dtypes.

        Raises DataError for a row too many or unlike the first, and where the disk is full.
        """
        arrays = {key: np.asarray(value) for key, value in row.items()}
        like = {key: (array.shape, array.dtype) for key, array in arrays.items()}
        self._like = self._like or like
        if like != self._like or self.written == self._count:
            raise DataError(
                f"{self._path}: expected {self._count} rows of {_shapes(self._like)}, got {_shapes(like)} as row "
                f"{self.written + 1}{f' of {name}' if name else ''}: make it again, of files of one size and kind"
            )
        with _undisturbed():
            for key, array in arrays.items():
                if self.written == 0:
                    shape = (self._count, *array.shape)
                    self._sets[key] = self._file.create_dataset(key, shape, array.dtype, track_times=False)
                self._sets[key][self.written] = array
        self.written += 1
        if name is not None:
            self.names.append(name)
        self.check()

    def finish(self) -> None:
        """Write the data set `name`, UTF-8, attributes, and the digest."""
        with _undisturbed():
            if self.names:
                encoded = [name.encode() for name in self.names]
                text = h5py.string_dtype("utf-8", max(map(len, encoded)))
                self._file.create_dataset("name", data=np.array(encoded, dtype=text), track_times=False)
            self._file.attrs.update({key: self.attributes[key] for key in sorted(self.attributes)})
            self._file.attrs[DIGEST] = digest(self._file)

    def copy(self, temporary: Path) -> None:
        """Write the rows once more, to a file without room for those that were skipped."""
        with h5py.File(temporary, "r") as file, create(temporary, self.written) as rows:
            rows.attributes = self.attributes
            for number, name in enumerate(self.names):
                rows.append({key: file[key][number] for key in self._like}, name)

    def check(self) -> None:
        """Raise DataError if a write went wrong."""
        if self._output.error is not None:
            raise unwritable(self._path, self._output.error) from self._output.error


@contextmanager
def create(path: str | PathLike[str], count: int) -> Iterator[Rows]:
    """Yield what takes `count` rows, less those `skipped`; the file gets its name when the block ends without an error.

    Raises DataError if the file cannot be written, or got another number of rows.
    """
    with atomic_write(path) as temporary:
        with _undisturbed():
            output = _Output(temporary)
            file = h5py.File(output, "w")
        rows = Rows(path, output, file, count)
        try:
            yield rows
            if output.error is None and rows.written == count:
                rows.finish()
        finally:
            with _undisturbed():
                file.close()
                output.close()
        rows.check()
        if rows.written != count - rows.skipped:
            raise DataError(f"{path}: expected {count - rows.skipped} rows, got {rows.written}")
        if rows.skipped:
            rows.copy(temporary)


def _shapes(like: Mapping[str, tuple[tuple[int, ...], np.dtype]]) -> str:
    return ", ".join(f"{name} {dtype} {list(shape)}" for name, (shape, dtype) in like.items())


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back: raised in the middle of HDF5, which calls `_Output`, they would leave it open."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Output(io.FileIO):
    """A file that keeps a failed write to itself: HDF5 that meets one crashes as the process ends."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")
        self.error: OSError | None = None

    def write(self, data: "ReadableBuffer") -> int:
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self.error = self.error or error
        return size

    def truncate(self, size: int | None = None) -> int:
        try:
            return super().truncate(size)
        except OSError as error:
            self.error = self.error or error
            return size or 0
