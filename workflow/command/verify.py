"""Hash the shards below a folder and compare with the manifest.tsv beside them."""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

from stegdata import DataError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `run` takes."""
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results"), help="default: results")


def run(options: argparse.Namespace) -> None:
    """Print what was found; raises DataError at the first shard that is not as listed."""
    manifests = sorted(options.folder.rglob("manifest.tsv"))
    listed = [row for manifest in manifests for row in _rows(manifest)]
    if not listed:
        raise DataError(f"{options.folder}: expected manifest.tsv of shards below, found none: make the shards first")
    from stegdata import progress, shards

    for path, expected in progress.follow(listed, "verify"):
        if not path.is_file():
            raise DataError(f"{path}: expected this shard, as its manifest lists it, found none: make it again")
        if (got := shards.sha256(path)) != expected:
            raise DataError(f"{path}: expected sha256 {expected}, got {got}: delete it and make it again")
    print(f"{len(listed)} files as listed in {len(manifests)} manifests")


def _rows(manifest: Path) -> Iterator[tuple[Path, str]]:
    """Files and hashes of a manifest: of shards, or of the stegos of `stego embed`."""
    with manifest.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            name = row.get("shard") or row.get("stego")
            if not name or "sha256" not in row:
                raise DataError(f"{manifest}: expected columns shard (or stego) and sha256, got {', '.join(row)}")
            yield manifest.parent / name, row["sha256"]
