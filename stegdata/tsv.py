"""Tables as tab-separated text with a header."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from stegdata.errors import DataError
from stegdata.files import atomic_write, unreadable


def write(path: str | os.PathLike[str], columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write rows below a header, whole or not at all."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
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
    what = f"a table of {', '.join(columns)}"
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file, delimiter="\t")
            rows = list(table)
    except OSError as error:
        raise unreadable(path, what, error) from error
    except (ValueError, csv.Error) as error:
        raise _other(path, what, str(error)) from error
    there = table.fieldnames or []
    if missing := [column for column in columns if column not in there]:
        raise _other(path, what, f"no column {missing[0]}")
    if any(row[column] is None for row in rows for column in columns):
        raise _other(path, what, "a line that is cut off")
    return rows


def _other(path: str | os.PathLike[str], what: str, got: str) -> DataError:
    return DataError(f"{path}: expected {what}, got {got}: delete it and run `snakemake {path}`")
