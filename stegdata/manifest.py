"""Manifest of a stego set: the hashes of its files, and its pairs one by one."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from stegdata import checksums, shards, tsv

PAIRS = "pairs.tsv"
COLUMNS = ("shard", "name", "change_rate", "payload", "left_out")


def write(folder: Path, shard_paths: Iterable[Path]) -> None:
    """Write `pairs.tsv` of the shards of a folder, and `SHA256SUMS` of these and of that.

    A pair has its shard, name, change rate and payload: its entropy per element that the payload counts. A cover that
    the embedder refused has the reason instead.

    Raises
    ------
    DataError
        A shard that cannot be read, or that tells no split.
    """
    rows, paths = [], list(map(Path, shard_paths))
    for path in paths:
        shard = shards.read(path)
        shards.split_of(path, shard)
        measured = zip(shard.names, shard.change_rate, shard.entropy_bits / shard.elements, strict=True)
        rows += [(path.name, name, f"{rate:.6f}", f"{payload:.6f}", "") for name, rate, payload in measured]
        rows += [(path.name, name, "", "", reason) for name, reason in sorted(shards.left_out(shard).items())]
    tsv.write(Path(folder) / PAIRS, COLUMNS, rows)
    checksums.write(folder, [*paths, Path(folder) / PAIRS])


def pair_counts(folder: Path) -> Counter[str]:
    """Count the pairs of each split of a stego set, from its `pairs.tsv`."""
    rows = tsv.read(Path(folder) / PAIRS, ("shard", "left_out"))
    return Counter(row["shard"].partition("-")[0] for row in rows if not row["left_out"])
