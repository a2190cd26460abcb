"""HDF5 files of a row an image, written row by row: whole or not at all, and with no more than a row in memory."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from stegdata.files import atomic_write


class Rows:
    """Data sets of an open HDF5 file that get a row each time; contiguous and without time stamps."""

    def __init__(self, output: "_Output", file: h5py.File, count: int) -> None:
        """As `create` yields it."""
        self.file = file
        self._output, self._count, self._written = output, count, 0
        self._sets: dict[str, h5py.Dataset] = {}

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one row of every data set; the first one says their names, order, shapes and dtypes.

        Raises
        ------
        OSError
            If the disk is full.
        """
        for key, value in row.items():
            array = np.ascontiguousarray(value)
            if self._written == 0:
                self._sets[key] = self.file.create_dataset(
                    key, (self._count, *np.shape(value)), array.dtype, track_times=False
                )
            self._sets[key][self._written] = value
        self._written += 1
        self._output.check()


@contextmanager
def create(path: str | PathLike[str], count: int) -> Iterator[Rows]:
    """Yield what takes `count` rows; the file gets its name when the block ends without an error.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    with atomic_write(path) as temporary, _Output(temporary) as output:
        with h5py.File(output, "w") as file:
            yield Rows(output, file, count)
        output.check()


class _Output(io.FileIO):
    """A file that keeps what went wrong to itself until asked, a full disk or Ctrl-C.

    HDF5 that meets a failed write crashes as the process ends.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")
        self._error: BaseException | None = None

    def write(self, data: Any) -> int:  # noqa: ANN401 whatever has a buffer
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left:
                left = left[super().write(left) :]
        except BaseException as error:
            self._error = self._error or error
        return size

    def truncate(self, size: int | None = None) -> int:
        try:
            return super().truncate(size)
        except BaseException as error:
            self._error = self._error or error
            return size or 0

    def check(self) -> None:
        """Raise what went wrong first, if anything did."""
        if self._error is not None:
            raise self._error
