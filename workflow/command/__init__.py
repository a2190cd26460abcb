"""The command `stego`: embedding, costs and detection without a workflow."""

import argparse
import io
import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from workflow.command import capacity, cost, detect, embed, extract, verify
from workflow.job import FORESEEN

#: Subcommand -> module with `add_arguments` and `run`, and its line of help.
SUBCOMMANDS = {
    "embed": (embed, "embed random messages, or messages of yours, into covers"),
    "extract": (extract, "read a message back from a stego"),
    "capacity": (capacity, "count the bytes that fit in covers"),
    "cost": (cost, "write the cost map of one cover"),
    "detect": (detect, "score images with a trained detector"),
    "verify": (verify, "hash covers, shards and features, or stegos, and compare with their manifests"),
}
ERROR = 2
INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(ERROR, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return 0, or 2 after one line on the error."""
    parser = _Parser(prog="stego", description=__doc__)
    subparsers = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", required=True)
    for name, (module, help_line) in SUBCOMMANDS.items():
        subparser = subparsers.add_parser(name, help=help_line, description=module.__doc__)
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)
    signal.signal(signal.SIGTERM, _interrupt)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files that are no UTF-8
    message, code = "", 0
    try:
        options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        message, code = "interrupted: nothing half-made was kept; give the same command to start again", INTERRUPTED
    except BrokenPipeError:  # `stego ... | head`
        _abandon_output()
    except OSError as error:  # of files it is a DataError
        _abandon_output()
        message, code = f"standard output: expected to write to it, got {error.strerror or error}", ERROR
    except FORESEEN as error:
        message, code = str(error), ERROR
    if not message:
        return code
    print(f"stego {options.subcommand}: {message}", file=sys.stderr)
    return code


def _abandon_output() -> None:
    """Let what is still buffered go nowhere: at exit Python would fail to write it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
