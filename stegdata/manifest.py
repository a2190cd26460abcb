"""Manifest of a stego set: its shards with their hashes, and its pairs one by one."""

from collections.abc import Iterable
from pathlib import Path

from stegdata import shards, tsv
from stegdata.files import sha256

COLUMNS = ("shard", "split", "pairs", "sha256")
PAIRS = "pairs.tsv"
PAIR_COLUMNS = ("shard", "name", "change_rate", "payload", "left_out")


def write(path: Path, shard_paths: Iterable[Path]) -> None:
    """Write the manifest of a stego set: one line a shard."""
    rows = []
    for shard_path in map(Path, shard_paths):
        shard = shards.read(shard_path)
        rows.append([shard_path.name, shards.split_of(shard_path, shard), len(shard.names), sha256(shard_path)])
    tsv.write(path, COLUMNS, rows)


def write_pairs(path: Path, shard_paths: Iterable[Path]) -> None:
    """Write one line a pair: shard, name, change rate, payload that its entropy is of what the payload counts.

    A cover that the embedder refused has neither, but the reason.
    """
    rows = []
    for shard_path in map(Path, shard_paths):
        shard = shards.read(shard_path)
        measured = zip(shard.names, shard.change_rate, shard.entropy_bits / shard.elements, strict=True)
        rows += [(shard_path.name, name, f"{rate:.6f}", f"{payload:.6f}", "") for name, rate, payload in measured]
        rows += [(shard_path.name, name, "", "", reason) for name, reason in sorted(shards.left_out(shard).items())]
    tsv.write(path, PAIR_COLUMNS, rows)
