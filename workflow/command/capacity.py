"""Print how many bytes of a message fit in each cover at a payload, one line per cover, tab-separated."""

import argparse
import csv
import sys
from pathlib import Path

import embedders
from embedders import own
from stegdata import DataError
from workflow.command import covers
from workflow.command.inputs import find, naming


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `run`."""
    parser.add_argument("covers", nargs="+", type=Path, metavar="IN", help="files, or folders of files")
    parser.add_argument("--embedder", required=True, metavar="NAME", help="or your own Python file")
    parser.add_argument(
        "--payload", type=float, default=0.4, help="bits per pixel, or per non-zero AC coefficient (default: 0.4)"
    )


def run(options: argparse.Namespace) -> None:
    """Print the capacities; raises DataError or EmbedderError."""
    from embedders import coding

    name = own.resolve_name(options.embedder)
    domain, refused = embedders.EMBEDDERS[name].domain, 0
    images = find(options.covers, covers.endings(domain))
    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    table.writerow(("image", "bytes"))
    for cover in images:
        try:
            arrays = covers.read(cover.path, domain).arrays
            table.writerow((cover.path, coding.capacity(name, *arrays, payload=options.payload)))
        except (DataError, embedders.EmbedderError) as error:
            refused += 1
            print(f"stego capacity: {naming(cover, error)}", file=sys.stderr)
    if refused:
        raise DataError(f"expected {len(images)} covers, got {refused} that cannot be used, named above")
