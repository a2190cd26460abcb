"""Tables as tab-separated text with a header."""

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from stegdata.errors import DataError
from stegdata.files import atomic_write, unreadable

#: A byte of a file name that is not UTF-8, as `write` escapes it.
_BYTE = re.compile(r"\\udc([89a-f][0-9a-f])")
T = TypeVar("T")


def write(path: str | os.PathLike[str], columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write rows below a header, whole or not at all; bytes of file names that are not UTF-8 are escaped."""
    with (
        atomic_write(path) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)


def read(path: str | os.PathLike[str], columns: Sequence[str]) -> list[dict[str, str]]:
    """Read rows, column -> text; DataError if a file is missing, cannot be read, or lacks one of the columns."""
    expected = _table_of(columns)
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            text = file.read()
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t")
        rows, present = list(table), table.fieldnames or []
    except OSError as error:
        raise unreadable(path, expected, error) from error
    except (ValueError, csv.Error) as error:
        raise _other(path, expected, str(error)) from error
    if missing := [column for column in columns if column not in present]:
        raise _other(path, expected, f"no column {missing[0]}")
    if not text.endswith("\n") or any(row[column] is None for row in rows for column in columns):
        raise _other(path, expected, "a line that is cut off")
    return rows


def parsed(path: str | os.PathLike[str], columns: Sequence[str], parse: Callable[[Mapping[str, str]], T]) -> list[T]:
    """Read rows as `read` does and parse each; a ValueError of `parse` becomes a DataError."""
    rows = read(path, columns)
    try:
        return [parse(row) for row in rows]
    except ValueError as error:
        raise _other(path, _table_of(columns), str(error)) from error


def file_name(text: str) -> str:
    """Return the name of a file from its text in a table: bytes that are not UTF-8 are restored."""
    return _BYTE.sub(lambda match: chr(0xDC00 + int(match[1], 16)), text)


def _table_of(columns: Sequence[str]) -> str:
    return f"a table of {', '.join(columns)}"


def _other(path: str | os.PathLike[str], expected: str, got: str) -> DataError:
    return DataError(f"{path}: expected {expected}, got {got}: delete it and run `snakemake {path}`")
