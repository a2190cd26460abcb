"""The same picture under two names: found by its pixels, and kept in one split."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stegdata import exclusions, progress, tsv
from stegdata.errors import DataError, with_others
from stegdata.exclusions import LEFT_OUT, NOTED, SAME_AS, Exclusion
from stegdata.sources.source import Source
from stegdata.splits import SPLITS, Row

COLUMNS = ("cover", "pixels")


@dataclass(frozen=True)
class Dealt:
    """What became of a source: its rows of `split.tsv`, and cover name -> `fingerprint`."""

    rows: Sequence[Row]
    prints: Mapping[str, str]


def fingerprint(image: NDArray[np.uint8]) -> str:
    """Hash the pixels of an image, and the same for all turned and mirrored ones.

    Parameters
    ----------
    image : numpy.ndarray
        uint8 [height, width].

    Returns
    -------
    str
        sha256, in hexadecimal, of shape and pixels of that of the eight symmetries of the square which comes first when
        their bytes are compared row by row.

    Examples
    --------
    >>> image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    >>> fingerprint(image) == fingerprint(image[:, ::-1]) == fingerprint(image.T)
    True
    """
    turned = [np.rot90(one, quarters) for one in (image, image.T) for quarters in range(4)]
    starts = [(one.shape, one[0].tobytes()) for one in turned]
    first = min(starts)  # borders settle it nearly always, so that few are compared whole
    whole = min(one.tobytes() for one, start in zip(turned, starts, strict=True) if start == first)
    return hashlib.sha256(f"{first[0]}".encode() + whole).hexdigest()


def fingerprints(source: Source, names: Sequence[str], label: str) -> dict[str, str]:
    """Read images of a source, and hash the pixels of each.

    Returns
    -------
    dict
        Image name -> `fingerprint`.

    Raises
    ------
    DataError
        Images that cannot be read, all of them together.
    """
    unreadable: dict[str, str] = {}
    read = progress.follow(source.read(names, unreadable), label, len(names))
    found = {name: fingerprint(image) for name, image in read}
    if unreadable:
        first, *rest = sorted(unreadable)
        raise DataError(with_others(unreadable[first], rest))
    return found


def together(groups: Mapping[str, str], prints: Mapping[str, str]) -> tuple[dict[str, str], list[Exclusion]]:
    """Make one group of those that hold the same picture.

    Parameters
    ----------
    groups : mapping
        Image name -> group.
    prints : mapping
        Image name -> `fingerprint`.

    Returns
    -------
    groups : dict
        Image name -> group, of those that became one the first by name.
    exclusions : list of Exclusion
        A note on each image that is another one's picture.
    """
    leader: dict[str, str] = {}

    def led(group: str) -> str:
        while group in leader:
            group = leader[group]
        return group

    first_of: dict[str, str] = {}
    notes = []
    for name in sorted(groups):
        first = first_of.setdefault(prints[name], name)
        if first != name:
            notes.append(Exclusion(name, NOTED, f"{SAME_AS}{first}"))
            kept, joined = sorted((led(groups[first]), led(groups[name])))
            if kept != joined:
                leader[joined] = kept
    return {name: led(group) for name, group in groups.items()}, notes


def torn(trained: Mapping[str, Dealt], tested: Mapping[str, Dealt] | None = None) -> list[Exclusion]:
    """Covers to be left out, so that no picture is learnt from and tested on, where sources are combined or crossed.

    Each source is dealt by itself. Of combined ones, what is in the test split of one is left out of train and val of
    all others, and what is in val, of train: a test split stays as published. Of other sources that such a detector is
    tested on, what it saw in train or val is left out of test.

    Parameters
    ----------
    trained : mapping
        Name -> what was dealt, of each source that is trained on.
    tested : mapping, optional
        The same of sources whose test splits are scored; what is left out of these is told then.

    Returns
    -------
    list of Exclusion
        Covers as `<source>/<name>`, and of which one of another source they are the same picture.
    """
    last: dict[str, tuple[int, str]] = {}
    for source, dealt in trained.items():
        for row in dealt.rows:
            place = SPLITS.index(row.split), f"{source}/{row.cover}"
            print_ = dealt.prints[row.cover]
            last[print_] = max(last.get(print_, place), place, key=lambda one: one[0])
    if tested is not None:
        seen = {print_: name for print_, (split, name) in last.items() if split < SPLITS.index("test")}
        others = {source: dealt for source, dealt in tested.items() if source not in trained}
        found = [
            (f"{source}/{row.cover}", seen[dealt.prints[row.cover]])
            for source, dealt in others.items()
            for row in dealt.rows
            if row.split == "test" and dealt.prints[row.cover] in seen
        ]
    else:
        found = [
            (f"{source}/{row.cover}", last[dealt.prints[row.cover]][1])
            for source, dealt in trained.items()
            for row in dealt.rows
            if SPLITS.index(row.split) < last[dealt.prints[row.cover]][0]
        ]
    return [Exclusion(name, LEFT_OUT, f"{SAME_AS}{other}") for name, other in sorted(found)]


def left_out(paths: Iterable[Path]) -> set[tuple[str, str]]:
    """Source and name of each cover in tables of what `torn` told."""
    names = [one.cover.partition("/") for path in paths for one in exclusions.read(path)]
    return {(source, cover) for source, _, cover in names}


def write(path: Path, prints: Mapping[str, str]) -> None:
    """Write fingerprints as tab-separated text with a header, sorted, whole or not at all."""
    tsv.write(path, COLUMNS, sorted(prints.items()))


def read(path: Path) -> dict[str, str]:
    """Read what `write` wrote; DataError if it is missing or something else."""
    return {row["cover"]: row["pixels"] for row in tsv.read(path, COLUMNS)}
