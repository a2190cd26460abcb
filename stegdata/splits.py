"""Splits: each cover is assigned to train, val or test by its name, before anything is embedded."""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

from stegdata import tsv
from stegdata.errors import DataError
from stegdata.names import Part

SPLITS = ("train", "val", "test")
COLUMNS = ("cover", "group", "split", "shard")
#: Fewer photographs are not dealt by shares: nothing could be learnt, or said, from them.
LEAST_GROUPS = 40


@dataclass(frozen=True)
class Row:
    """One line of `split.tsv`: a cover, its group, which stays in one split, its split and shard."""

    cover: str
    group: str
    split: str
    shard: int


def shard_count(covers: int, shard_pairs: int) -> int:
    """Return the number of shards of this many covers of one split."""
    return math.ceil(covers / shard_pairs)


def assign(
    groups: Mapping[str, str],
    sizes: Mapping[str, int | float],
    *,
    order: Literal["shuffled", "sorted"],
    seed: int,
    shard_pairs: int,
    source: str,
    shards: Mapping[str, int] | None = None,
) -> list[Row]:
    """Assign covers to splits, group by group, so that no group is in two splits.

    Groups are sorted by name, or by a hash of seed and name. Train is filled with groups first, then val, then test;
    covers of a group beyond the size of a split are left out.

    `groups` is cover name -> group (a photograph, a patient, or the cover itself), `sizes` split -> number of covers;
    a shard has `shard_pairs` covers at most; `seed` is of the shuffle, and "sorted" the order of the published code.
    With `shards`, split -> number of shards, sizes are shares of all covers: no group is cut, the last split takes what
    is left, and the shards of a split have the same number of covers, one more or less.

    Returns
    -------
    list of Row
        In the order of `SPLITS`, with exactly the requested sizes if these are numbers.

    Raises
    ------
    DataError
        Too few covers, or groups too large to fill all splits; `source` names them.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for cover, group in groups.items():
        members[group].append(cover)
    queue = sorted(members)
    if order == "shuffled":
        queue.sort(key=lambda group: hashlib.sha256(f"{seed}\n{group}".encode()).digest())
    queue.reverse()
    if shards is not None:
        return _dealt_by_shares(members, queue, sizes, shards, source)
    rows: list[Row] = []
    for split in SPLITS:
        chosen = _filled(members, queue, sizes[split])
        if len(chosen) < sizes[split]:
            requested = ", ".join(f"{sizes[name]} {name}" for name in SPLITS)
            raise DataError(
                f"source {source}: expected covers for {requested}, found {len(groups)} in {len(members)} groups, and "
                f"{split} got only {len(chosen)}: lower the sizes under sources.{source} in config.yaml, add images, "
                "or give shares as in train: 0.6, val: 0.1, test: 0.3"
            )
        rows += [Row(c, g, split, i // shard_pairs) for i, (c, g) in enumerate(chosen[: int(sizes[split])])]
    return rows


def _filled(members: Mapping[str, Sequence[str]], queue: list[str], size: float) -> list[tuple[str, str]]:
    """Take groups from the end of the queue until there are so many covers: cover and group of each."""
    chosen: list[tuple[str, str]] = []
    while len(chosen) < size and queue:
        group = queue.pop()
        chosen += [(cover, group) for cover in sorted(members[group])]
    return chosen


def _dealt_by_shares(
    members: Mapping[str, Sequence[str]],
    queue: list[str],
    shares: Mapping[str, float],
    shards: Mapping[str, int],
    source: str,
) -> list[Row]:
    if len(members) < LEAST_GROUPS:
        raise DataError(
            f"source {source}: expected {LEAST_GROUPS} photographs (groups) or more to deal by shares, got "
            f"{len(members)}: add images, or give numbers of covers under sources.{source} in config.yaml"
        )
    covers = sum(map(len, members.values()))
    sizes = {split: shares[split] * covers for split in SPLITS}
    if sum(shares.values()) > 1 - 1e-9:  # what rounding leaves is not lost
        sizes[max(SPLITS, key=lambda split: (shares[split] > 0, SPLITS.index(split)))] = covers
    rows: list[Row] = []
    for split in SPLITS:
        chosen = _filled(members, queue, round(sizes[split]))
        if len(chosen) < shards[split]:
            raise DataError(
                f"source {source}: expected covers for {shards[split]} shards of {split}, got {len(chosen)}: raise "
                f"sources.{source}.shard_pairs in config.yaml"
            )
        rows += [Row(c, g, split, i * shards[split] // len(chosen)) for i, (c, g) in enumerate(chosen)]
    return rows


def leave_out(groups: Mapping[str, str], exclude: Sequence[str], *, source: str) -> dict[str, str]:
    """Return the groups without the covers to exclude; DataError if a name is not a cover's."""
    if unknown := sorted(set(exclude) - set(groups)):
        raise DataError(
            f"source {source}: expected names of covers under sources.{source}.exclude, got {', '.join(unknown)}: see "
            f"results/covers/{source}/split.tsv"
        )
    return {cover: group for cover, group in groups.items() if cover not in set(exclude)}


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write rows to a table, whole or not at all."""
    tsv.write(path, COLUMNS, map(astuple, rows))


def read(path: Path) -> list[Row]:
    """Read a table of `write`; DataError if it is missing or another file."""
    return tsv.parsed(path, COLUMNS, lambda line: Row(line["cover"], line["group"], line["split"], int(line["shard"])))


def groups_of(paths: Iterable[str | Path]) -> dict[tuple[str, str], str]:
    """Read (source, cover) -> group of some `results/covers/<source>/split.tsv`."""
    return {(Path(path).parent.name, row.cover): row.group for path in paths for row in read(Path(path))}


def shares_of(paths: Iterable[str | Path]) -> dict[str, float]:
    """Return what share of the covers of some `split.tsv` is in each split."""
    counts = Counter(row.split for path in paths for row in read(Path(path)))
    return {split: counts[split] / counts.total() for split in SPLITS}


def covers_of(path: Path, part: Part) -> list[str]:
    """Return the names of the covers of one shard."""
    return [row.cover for row in read(path) if (row.split, row.shard) == (part.split, part.number)]


def check_groups(path: Path, rows: Sequence[Row]) -> None:
    """Raise DataError if a group is in two splits."""
    split_of: dict[str, str] = {}
    for row in rows:
        if split_of.setdefault(row.group, row.split) != row.split:
            raise DataError(
                f"{path}: expected group {row.group} in one split, got it in two: delete the file, run again"
            )
