"""The one error of the package."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class DataError(ValueError):
    """A file, cover, shard or source that cannot be used: says what, where, expected, got, what to do."""


def named(file: str | Path, call: Callable[..., T], *arguments: object) -> T:
    """Call, and let a refusal be a DataError that names the file."""
    try:
        return call(*arguments)
    except ValueError as error:
        raise DataError(f"{file}: {error}") from error
