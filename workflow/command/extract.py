"""Read the message that `stego embed --message` hid in a file, and write it to a new file."""

import argparse
from pathlib import Path

from stegdata import DataError
from stegdata.files import atomic_write
from workflow.command import messages, outputs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `run`."""
    parser.add_argument("stego", type=Path, metavar="IN", help="PGM, PNG or JPEG that holds a message")
    messages.add_key_arguments(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="a new file for the message")


def run(options: argparse.Namespace) -> None:
    """Write the message; raises DataError or EmbedderError, and then writes nothing."""
    key = messages.passphrase(options)
    outputs.check([options.out], filter(None, [options.stego, options.key_file]), force=False)
    if not options.stego.is_file():
        raise DataError(f"{options.stego}: expected a file, found none: check the path")
    message = messages.extract(options.stego, key)
    with atomic_write(options.out) as temporary:
        temporary.write_bytes(message)
    print(f"{options.out}: {len(message)} bytes")
