"""The interface of every source of covers, and the checks that sources share."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stegdata import formats
from stegdata.errors import DataError
from stegdata.exclusions import Exclusion
from stegdata.folders import check_once

#: Line ends and tabs would break tables; lone surrogates stand for bytes that are not UTF-8.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Listing:
    """The covers of a source.

    Attributes
    ----------
    groups : dict
        Cover name -> group, which stays in one split; sorted by name.
    exclusions : list of Exclusion
        Covers that were left out, remarks on single covers, and files that were passed over.
    """

    groups: dict[str, str]
    exclusions: list[Exclusion]


class Source(Protocol):
    """A source of covers."""

    def listing(self) -> Listing:
        """List the covers.

        Raises
        ------
        DataError
            No images, two images of one name, or not the images that were published.
        """

    def read(
        self, names: Sequence[str], unreadable: dict[str, str] | None = None
    ) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Read the named covers as 8-bit grey at their own size, in any order.

        Parameters
        ----------
        names : sequence of str
            The covers.
        unreadable : dict, optional
            Collects the images that cannot be read, file -> reason; by default the first raises.

        Yields
        ------
        name : str
        image : numpy.ndarray
            uint8 [height, width].

        Raises
        ------
        DataError
            A cover that is missing, unreadable, or not the published image.
        """


def check_names(path: Path, names: Sequence[str]) -> None:
    """Raise DataError if there are no names of covers, or one twice, or one that no cover can have."""
    if not names:
        endings = ", ".join(sorted(formats.IMAGES))
        raise DataError(f"{path}: expected images ({endings}), found none: check `path` in config.yaml")
    check_once(path, names)
    if bad := next(filter(UNPRINTABLE.search, sorted(names)), None):
        raise DataError(f"{path}: expected names in UTF-8 without control characters, found {bad!r}: rename it")


@contextmanager
def collect(file: Path, unreadable: dict[str, str] | None) -> Iterator[None]:
    """Add the reason why a file cannot be read to those that are collected, if they are."""
    try:
        yield
    except DataError as error:
        if unreadable is None:
            raise
        unreadable[str(file)] = str(error)
