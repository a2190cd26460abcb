"""Duplicates: the same picture under two names is recognised by its pixels, and kept in one split."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stegdata import exclusions, tsv
from stegdata.exclusions import LEFT_OUT, NOTED, SAME_AS, Exclusion
from stegdata.splits import SPLITS, Row

COLUMNS = ("cover", "pixels")


@dataclass(frozen=True)
class SplitAssignment:
    """Rows of `split.tsv` of a source, and cover name -> `fingerprint`."""

    rows: Sequence[Row]
    prints: Mapping[str, str]


def fingerprint(image: NDArray[np.uint8]) -> str:
    """Hash shape and pixels of a uint8 image by sha256; turned and mirrored images have the same hash.

    It is that of one of the eight turned and mirrored images: the first in the order of their bytes.

    Examples
    --------
    >>> image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    >>> fingerprint(image) == fingerprint(image[:, ::-1]) == fingerprint(image.T)
    True
    """
    turned = [np.rot90(mirrored, quarters) for mirrored in (image, image.T) for quarters in range(4)]
    starts = [(view.shape, view[0].tobytes()) for view in turned]
    first = min(starts)  # the first row decides nearly always, so that few are compared whole
    whole = min(view.tobytes() for view, start in zip(turned, starts, strict=True) if start == first)
    return hashlib.sha256(f"{first[0]}".encode() + whole).hexdigest()


def together(groups: Mapping[str, str], prints: Mapping[str, str]) -> tuple[dict[str, str], list[Exclusion]]:
    """Merge groups, image name -> group, that hold the same picture by their `fingerprint`.

    Returns
    -------
    groups : dict
        Image name -> group; merged groups have the name of the first.
    exclusions : list of Exclusion
        A note on each image that is the same picture as another.
    """
    leader: dict[str, str] = {}

    def leader_of(group: str) -> str:
        while group in leader:
            group = leader[group]
        return group

    first_of: dict[str, str] = {}
    notes = []
    for name in sorted(groups):
        first = first_of.setdefault(prints[name], name)
        if first != name:
            notes.append(Exclusion(name, NOTED, f"{SAME_AS}{first}"))
            kept, joined = sorted((leader_of(groups[first]), leader_of(groups[name])))
            if kept != joined:
                leader[joined] = kept
    return {name: leader_of(group) for name, group in groups.items()}, notes


def split_conflicts(
    trained: Mapping[str, SplitAssignment], tested: Mapping[str, SplitAssignment] | None = None
) -> list[Exclusion]:
    """List covers to leave out, so that no picture is both learned from and tested on in several sources.

    `trained` is source -> assignment of each source that is trained on, `tested` of each whose test split is scored.
    Each source is split by itself. If sources are combined, covers in the test split of one are left out of train and
    val of all others, and covers in val, of train: a test split stays as published. If a detector is tested on another
    source, the pictures that it saw in train or val are left out of test.

    Returns
    -------
    list of Exclusion
        Covers as `<source>/<name>`, with the cover of another source that is the same picture.
    """
    test = SPLITS.index("test")
    latest: dict[str, tuple[int, str]] = {}
    for split, cover, pixels in _covers(trained):
        if pixels not in latest or split > latest[pixels][0]:
            latest[pixels] = split, cover
    if tested is None:
        conflicts = [(cover, pixels) for split, cover, pixels in _covers(trained) if split < latest[pixels][0]]
    else:
        others = {source: assignment for source, assignment in tested.items() if source not in trained}
        conflicts = [
            (cover, pixels)
            for split, cover, pixels in _covers(others)
            if split == test and pixels in latest and latest[pixels][0] < test
        ]
    return [Exclusion(cover, LEFT_OUT, f"{SAME_AS}{latest[pixels][1]}") for cover, pixels in sorted(conflicts)]


def _covers(assignments: Mapping[str, SplitAssignment]) -> Iterator[tuple[int, str, str]]:
    """Yield the number of the split, `<source>/<cover>` and the fingerprint of every cover."""
    for source, assignment in assignments.items():
        for row in assignment.rows:
            yield SPLITS.index(row.split), f"{source}/{row.cover}", assignment.prints[row.cover]


def left_out(paths: Iterable[Path]) -> set[tuple[str, str]]:
    """Read source and name of each cover in tables of `split_conflicts`."""
    names = [exclusion.cover.partition("/") for path in paths for exclusion in exclusions.read(path)]
    return {(source, cover) for source, _, cover in names}


def write(path: Path, prints: Mapping[str, str]) -> None:
    """Write fingerprints to a table, sorted, whole or not at all."""
    tsv.write(path, COLUMNS, sorted(prints.items()))


def read(path: Path) -> dict[str, str]:
    """Read a table of `write`; DataError if it is missing or another file."""
    return {row["cover"]: row["pixels"] for row in tsv.read(path, COLUMNS)}
