"""What every kind of source offers, and the checks that they share."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stegdata.errors import DataError
from stegdata.exclusions import Exclusion
from stegdata.folders import check_once

#: Line ends and tabs would tear tables apart; lone surrogates stand for bytes that are no UTF-8.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Listing:
    """What a source holds.

    Attributes
    ----------
    groups : dict
        Cover name -> group that no split may tear apart, sorted by name.
    exclusions : list of Exclusion
        What was left out or passed over, and what is to be known of single covers.
    """

    groups: dict[str, str]
    exclusions: list[Exclusion]


class Source(Protocol):
    """Where covers come from."""

    def listing(self) -> Listing:
        """List the covers.

        Raises
        ------
        DataError
            Nothing there, no images, two images of one name, or not the images that were published.
        """

    def read(
        self, names: Sequence[str], unreadable: dict[str, str] | None = None
    ) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Read the named covers, in whatever order the source gives them fastest, as 8-bit grey at their own size.

        Parameters
        ----------
        names : sequence of str
            The covers.
        unreadable : dict, optional
            Gets the images that cannot be read, file -> why, instead of an error at the first.

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


def check_names(path: Path, names: Sequence[str]) -> Sequence[str]:
    """Return the names of covers, sorted; DataError where there is none, or one that no cover can have."""
    from stegdata.sources.archives import no_images

    if not names:
        raise no_images(path)
    check_once(path, names)
    ordered = sorted(names)
    if bad := next(filter(UNPRINTABLE.search, ordered), None):
        raise DataError(f"{path}: expected names in UTF-8 without control characters, found {bad!r}: rename it")
    return ordered


@contextmanager
def told(where: str, unreadable: dict[str, str] | None) -> Iterator[None]:
    """Note why a file cannot be read where such reasons are gathered."""
    try:
        yield
    except DataError as error:
        if unreadable is None:
            raise
        unreadable[where] = str(error)


def missing(path: Path, wanted: set[str]) -> DataError:
    """What to raise where covers that were listed are not there any more."""
    return DataError(f"{path}: expected image {min(wanted)}, found none: the source changed since it was listed")
