"""Hash covers and shards below a folder of results, or stegos of `stego embed`, and compare with their manifests."""

import argparse
import csv
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

    manifest = options.folder / verify.MANIFEST
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
    from stegdata import progress, shards
    from stegdata.verify import CHANGED, EXTRA, MISSING, Finding

    with manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if not rows or not {"stego", "sha256"} <= rows[0].keys():
        raise DataError(f"{manifest}: expected a manifest of `stego embed`, got another: name a folder of results")
    listed = {manifest.parent / row["stego"]: row["sha256"] for row in rows}
    there = {file for file in manifest.parent.rglob("*") if file.is_file()} - {manifest}
    findings = [Finding(path, MISSING, "listed in the manifest") for path in listed.keys() - there]
    findings += [Finding(path, EXTRA, "in no manifest") for path in there - listed.keys()]
    common = sorted(listed.keys() & there)
    for path in progress.follow(common, "verify", unit="file"):
        if (got := shards.sha256(path)) != listed[path]:
            findings.append(Finding(path, CHANGED, f"sha256 {listed[path][:12]}... expected, {got[:12]}... got"))
    return len(common), sorted(findings)
