"""Which cover goes to train, val or test: decided by name, before anything is embedded."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

from stegdata import tsv
from stegdata.errors import DataError
from stegdata.names import Part

SPLITS = ("train", "val", "test")
COLUMNS = ("cover", "group", "split", "shard")


@dataclass(frozen=True)
class Row:
    """One line of `split.tsv`: a cover, the group that must stay together, its split and shard."""

    cover: str
    group: str
    split: str
    shard: int


def shard_count(covers: int, shard_pairs: int) -> int:
    """Shards that this many covers of one split fill."""
    return math.ceil(covers / shard_pairs)


def assign(
    groups: Mapping[str, str],
    sizes: Mapping[str, int],
    *,
    order: Literal["shuffled", "sorted"],
    seed: int,
    shard_pairs: int,
    source: str,
) -> list[Row]:
    """Deal covers to splits, group by group, so that no group is in two splits.

    Groups come in sorted order, or in the order of a hash of seed and group, which does not depend on how a folder was
    listed. Train takes groups until it is full, then val, then test; what is beyond a split's size is left out.

    Parameters
    ----------
    groups : mapping
        Cover name -> group (a photograph, a patient, or the cover itself).
    sizes : mapping
        Split -> number of covers.
    order : {"shuffled", "sorted"}
        The published code's order is "sorted".
    seed : int
        Of the shuffle.
    shard_pairs : int
        Covers of one shard at most.
    source : str
        Named in errors.

    Returns
    -------
    list of Row
        Sizes exactly as asked, by split in the order of `SPLITS`.

    Raises
    ------
    DataError
        If there are too few covers, or groups so large that the splits cannot be filled.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for cover, group in groups.items():
        members[group].append(cover)
    queue = sorted(members)
    if order == "shuffled":
        queue.sort(key=lambda group: hashlib.sha256(f"{seed}\n{group}".encode()).digest())
    queue.reverse()
    rows: list[Row] = []
    for split in SPLITS:
        taken: list[tuple[str, str]] = []
        while len(taken) < sizes[split] and queue:
            group = queue.pop()
            taken += [(cover, group) for cover in sorted(members[group])]
        if len(taken) < sizes[split]:
            wanted = ", ".join(f"{sizes[name]} {name}" for name in SPLITS)
            raise DataError(
                f"source {source}: expected covers for {wanted}, found {len(groups)} in {len(members)} groups, and "
                f"{split} got only {len(taken)}: lower the sizes under sources.{source} in config.yaml, or add images"
            )
        rows += [Row(c, g, split, i // shard_pairs) for i, (c, g) in enumerate(taken[: sizes[split]])]
    return rows


def leave_out(groups: Mapping[str, str], exclude: Sequence[str], *, source: str) -> dict[str, str]:
    """Leave covers out by name; DataError if a name is not a cover's."""
    if unknown := sorted(set(exclude) - set(groups)):
        raise DataError(
            f"source {source}: expected names of covers under sources.{source}.exclude, got {', '.join(unknown)}: see "
            f"results/covers/{source}/split.tsv"
        )
    return {cover: group for cover, group in groups.items() if cover not in set(exclude)}


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as tab-separated text with a header, whole or not at all."""
    tsv.write(path, COLUMNS, map(astuple, rows))


def read(path: Path) -> list[Row]:
    """Read what `write` wrote; DataError if it is missing or something else."""
    return tsv.parsed(path, COLUMNS, _row)


def _row(line: Mapping[str, str]) -> Row:
    return Row(line["cover"], line["group"], line["split"], int(line["shard"]))


def covers_of(path: Path, part: Part) -> list[str]:
    """Names of the covers of one part of a split."""
    return [row.cover for row in read(path) if (row.split, row.shard) == (part.split, part.number)]


def check_groups(path: Path, rows: Sequence[Row]) -> None:
    """Raise DataError where a group is in two splits."""
    split_of: dict[str, str] = {}
    for row in rows:
        if split_of.setdefault(row.group, row.split) != row.split:
            raise DataError(
                f"{path}: expected group {row.group} in one split, got it in two: delete the file, run again"
            )
