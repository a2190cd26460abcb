"""The one error of the package."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class DataError(ValueError):
    """A file, cover, shard or source that cannot be used: says what, where, expected, got, what to do."""


class Refused(DataError):
    """Covers that cannot be used for what was asked, each with its reason."""

    def __init__(self, message: str, covers: Mapping[str, str]) -> None:
        """Say the message, and keep cover name -> reason."""
        super().__init__(message)
        self.covers = covers


def named(file: str | Path, call: Callable[..., T], *arguments: object) -> T:
    """Call, and let a refusal be a DataError that names the file."""
    try:
        return call(*arguments)
    except ValueError as error:
        raise DataError(f"{file}: {error}") from error
