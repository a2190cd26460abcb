"""The one error of the package."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

#: Names that an error tells beside the first.
TOLD = 20
T = TypeVar("T")


class DataError(ValueError):
    """A file, cover, shard or source that cannot be used: says what, where, expected, got, what to do."""


class Refused(DataError):
    """Covers that cannot be used for what was asked, each with its reason."""

    def __init__(self, message: str, covers: Mapping[str, str]) -> None:
        """Say the message, and keep cover name -> reason."""
        super().__init__(message)
        self.covers = covers


def with_others(first: str, others: Sequence[str]) -> str:
    """Say what is wrong with the first of several, and the names of the others: `... (2 more: b, c)`."""
    ellipsis = ", ..." if len(others) > TOLD else ""
    return f"{first} ({len(others)} more: {', '.join(others[:TOLD])}{ellipsis})" if others else first


def named(file: str | Path, call: Callable[..., T], *arguments: object) -> T:
    """Call, and let a refusal be a DataError that names the file."""
    try:
        return call(*arguments)
    except ValueError as error:
        raise DataError(f"{file}: {error}") from error
