"""Manifest of a stego set: its shards with their hashes, and its pairs one by one."""

import csv
from collections.abc import Iterable
from pathlib import Path

from stegdata import shards
from stegdata.errors import DataError
from stegdata.files import atomic_write

COLUMNS = ("shard", "split", "pairs", "sha256")


def write(path: Path, shard_paths: Iterable[Path]) -> None:
    """Write the manifest of a stego set: shard, split, pairs, sha256, tab-separated."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(COLUMNS)
        for shard_path in map(Path, shard_paths):
            shard = shards.read(shard_path)
            table.writerow(
                [shard_path.name, shards.split_of(shard_path, shard), len(shard.names), shards.sha256(shard_path)]
            )


def read(path: Path) -> dict[str, str]:
    """Read a manifest: name of a shard -> its sha256; DataError if it is missing or something else."""
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            return {line["shard"]: line["sha256"] for line in csv.DictReader(file, delimiter="\t")}
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise DataError(
            f"{path}: expected a table of {', '.join(COLUMNS)}, got {error!r}: delete it and run `snakemake {path}`"
        ) from error


def write_pairs(path: Path, shard_paths: Iterable[Path]) -> None:
    """Write one line a pair: shard, name, change rate, payload that its entropy is of what the payload counts."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(["shard", "name", "change_rate", "payload"])
        for shard_path in map(Path, shard_paths):
            shard = shards.read(shard_path)
            payload = shard.entropy_bits / shard.elements
            rows = zip(shard.names, shard.change_rate, payload, strict=True)
            table.writerows([shard_path.name, name, f"{rate:.6f}", f"{bits:.6f}"] for name, rate, bits in rows)
