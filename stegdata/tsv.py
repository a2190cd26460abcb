"""Tables as tab-separated text with a header."""

import csv
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from stegdata.errors import DataError
from stegdata.files import atomic_write, unreadable

#: A byte of a file name that is no UTF-8, as `write` escapes it.
_BYTE = re.compile(r"\\udc([89a-f][0-9a-f])")
T = TypeVar("T")


def write(path: str | os.PathLike[str], columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write rows below a header, whole or not at all; bytes of file names that are no UTF-8 are escaped."""
    with (
        atomic_write(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)


def read(path: str | os.PathLike[str], columns: Sequence[str]) -> list[dict[str, str]]:
    """Read rows, column -> text.

    Parameters
    ----------
    path : path
        The file.
    columns : sequence of str
        Those that must be there; others may be.

    Raises
    ------
    DataError
        If it is missing, cannot be read, or is no such table.
    """
    what = _what(columns)
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file, delimiter="\t")
            rows, there = list(table), table.fieldnames or []
    except OSError as error:
        raise unreadable(path, what, error) from error
    except (ValueError, csv.Error) as error:
        raise _other(path, what, str(error)) from error
    if missing := [column for column in columns if column not in there]:
        raise _other(path, what, f"no column {missing[0]}")
    if any(row[column] is None for row in rows for column in columns):
        raise _other(path, what, "a line that is cut off")
    return rows


def parsed(path: str | os.PathLike[str], columns: Sequence[str], parse: Callable[[Mapping[str, str]], T]) -> list[T]:
    """Read rows as `read` does, and make something of each; a ValueError of that is told as another table's is."""
    rows = read(path, columns)
    try:
        return [parse(row) for row in rows]
    except ValueError as error:
        raise _other(path, _what(columns), str(error)) from error


def file_name(text: str) -> str:
    """Name of the file that a table calls so: bytes that are no UTF-8 are put back."""
    return _BYTE.sub(lambda match: chr(0xDC00 + int(match[1], 16)), text)


def _what(columns: Sequence[str]) -> str:
    return f"a table of {', '.join(columns)}"


def _other(path: str | os.PathLike[str], what: str, got: str) -> DataError:
    return DataError(f"{path}: expected {what}, got {got}: delete it and run `snakemake {path}`")
