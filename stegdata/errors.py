"""The one error of the package."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

#: Names in an error besides the first.
SHOWN = 20
T = TypeVar("T")


class DataError(ValueError):
    """A file, cover, shard or source that cannot be used: says where, expected, got, what to do."""

    def __init__(self, message: str, reasons: Mapping[str, str] | None = None) -> None:
        """Set the message; of several files that cannot be used also file -> reason."""
        super().__init__(message)
        self.reasons = reasons or {}


class Refused(DataError):
    """Covers that an embedder refuses, each with its reason."""

    def __init__(self, message: str, covers: Mapping[str, str]) -> None:
        """Set the message, and cover name -> reason."""
        super().__init__(message)
        self.covers = covers


def with_others(first: str, others: Sequence[str]) -> str:
    """Return the message on the first of several, with the names of the others: `... (2 more: b, c)`."""
    ellipsis = ", ..." if len(others) > SHOWN else ""
    return f"{first} ({len(others)} more: {', '.join(others[:SHOWN])}{ellipsis})" if others else first


def named(file: str | Path, call: Callable[..., T], *arguments: object) -> T:
    """Call; a ValueError becomes a DataError that names the file."""
    try:
        return call(*arguments)
    except ValueError as error:
        raise DataError(f"{file}: {error}") from error
