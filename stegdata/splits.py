"""Which cover goes to train, val or test: decided by name, before anything is embedded."""

import csv
import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal

from stegdata.errors import DataError
from stegdata.files import atomic_write

SPLITS = ("train", "val", "test")


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


def without(groups: Mapping[str, str], exclude: Sequence[str], *, source: str) -> dict[str, str]:
    """Leave covers out by name; DataError if a name is not a cover's."""
    if unknown := sorted(set(exclude) - set(groups)):
        raise DataError(
            f"source {source}: expected names of covers under sources.{source}.exclude, got {', '.join(unknown)}: see "
            f"results/covers/{source}/split.tsv"
        )
    return {cover: group for cover, group in groups.items() if cover not in set(exclude)}


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as tab-separated text with a header, whole or not at all."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow([field.name for field in fields(Row)])
        table.writerows(astuple(row) for row in rows)


def read(path: Path) -> list[Row]:
    """Read what `write` wrote; DataError if it is missing or something else."""
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            lines = csv.DictReader(file, delimiter="\t")
            return [Row(line["cover"], line["group"], line["split"], int(line["shard"])) for line in lines]
    except (OSError, KeyError, TypeError, ValueError) as error:
        columns = ", ".join(field.name for field in fields(Row))
        raise DataError(
            f"{path}: expected a table of {columns}, got {error!r}: delete it and run `snakemake {path}`"
        ) from error


def covers_of(path: Path, split: str, shard: int) -> list[str]:
    """Names of the covers of one shard."""
    return [row.cover for row in read(path) if row.split == split and row.shard == shard]
