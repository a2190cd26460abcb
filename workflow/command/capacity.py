"""Print how many bytes of a message fit in each cover at a payload, one line per cover, tab-separated."""

import argparse
import csv
import sys
from pathlib import Path

import embedders
from embedders import Domain, own
from stegdata import DataError, formats
from workflow.command import messages
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
    endings = formats.JPEG if embedders.EMBEDDERS[name].domain is Domain.JPEG else formats.GREY
    covers, refused = find(options.covers, endings), 0
    table = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    table.writerow(("image", "bytes"))
    for cover in covers:
        try:
            _, *arrays = messages.read(cover.path)
            table.writerow((cover.path, coding.capacity(name, *arrays, payload=options.payload)))
        except (DataError, embedders.EmbedderError) as error:
            refused += 1
            print(f"stego capacity: {naming(cover, error)}", file=sys.stderr)
    if refused:
        raise DataError(f"expected {len(covers)} covers, got {refused} that cannot be used, named above")
