"""Hash the files below a folder of results, or the stegos of `stego embed`, and compare with their manifests."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from stegdata import DataError

if TYPE_CHECKING:
    from stegdata.verify import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `run`."""
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results"), help="default: results")


def run(options: argparse.Namespace) -> None:
    """Print every file that is missing, changed or extra; raises DataError if there is one."""
    from stegdata import verify

    manifest = options.folder / "manifest.tsv"
    checked, findings, deleted = _stegos(manifest) if manifest.is_file() else verify.verify(options.folder)
    for finding in findings:
        print(finding)
    if findings:
        findings_in = f"{options.folder}: expected files that match their manifests, got {len(findings)} findings"
        raise DataError(f"{findings_in}: make these again")
    for folder in deleted:
        print(f"deleted {folder}: as covers may be that shards hold; made again when a new stego set needs them")
    print(f"{checked} files match their manifests")


def _stegos(manifest: Path) -> tuple[int, list["Finding"], list[Path]]:
    """Compare a folder of `stego embed` with its manifest."""
    from stegdata import folders, tsv, verify

    rows = tsv.read(manifest, ("stego", "sha256"))
    listed = {manifest.parent / tsv.file_name(row["stego"]): row["sha256"] for row in rows}
    on_disk = {file for _, file in folders.files(manifest.parent, lambda _: False)} - {manifest}
    return len(listed.keys() & on_disk), sorted(verify.compare(listed, on_disk)), []
