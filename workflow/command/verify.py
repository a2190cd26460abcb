"""Hash covers and shards below a folder of results, or stegos of `stego embed`, and compare with their manifests."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from stegdata import DataError

if TYPE_CHECKING:
    from stegdata.verify import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `run` takes."""
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results"), help="default: results")


def run(options: argparse.Namespace) -> None:
    """Print what is missing, changed or extra; raises DataError if anything is."""
    from stegdata import verify

    manifest = options.folder / "manifest.tsv"
    checked, findings = _stegos(manifest) if manifest.is_file() else verify.verify(options.folder)
    for finding in findings:
        print(finding)
    if findings:
        raise DataError(
            f"{options.folder}: expected all as it was made, got {len(findings)} findings: make these again"
        )
    print(f"{checked} files as they were made")


def _stegos(manifest: Path) -> tuple[int, list["Finding"]]:
    """Compare a folder of `stego embed` with its manifest."""
    from stegdata import folders, tsv, verify

    rows = tsv.read(manifest, ("stego", "sha256"))
    listed = {manifest.parent / tsv.file_name(row["stego"]): row["sha256"] for row in rows}
    there = {file for _, file in folders.files(manifest.parent, lambda _: False)} - {manifest}
    return len(listed.keys() & there), sorted(verify.compare(listed, there))
