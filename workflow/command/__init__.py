"""The command `stego`: embedding, costs and detectors for people who do not want a workflow."""

import argparse
import io
import logging
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from workflow.command import cost, detect, embed, verify
from workflow.job import FORESEEN

#: Subcommand -> module with `add_arguments` and `run`, and what it does.
SUBCOMMANDS = {
    "embed": (embed, "embed random messages into many covers"),
    "cost": (cost, "write the cost map of one cover"),
    "detect": (detect, "score images with a trained detector"),
    "verify": (verify, "hash shards and compare with their manifests"),
}
WRONG = 2
INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """Tells what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return 0, or 2 after one line on what was wrong."""
    parser = _Parser(prog="stego", description=__doc__)
    added = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", required=True)
    for name, (module, help_line) in SUBCOMMANDS.items():
        one = added.add_parser(name, help=help_line, description=module.__doc__)
        module.add_arguments(one)
        one.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)
    signal.signal(signal.SIGTERM, _terminate)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files that are no UTF-8
    try:
        options.run(options)
    except KeyboardInterrupt:
        return _tell(options, "interrupted: nothing half-made was kept; give the same command to start again")
    except BrokenPipeError:  # `stego ... | head`
        sys.stderr.close()
        return 0
    except FORESEEN as error:
        return _tell(options, f"{error}", WRONG)
    return 0


def _terminate(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _tell(options: argparse.Namespace, line: str, code: int = INTERRUPTED) -> int:
    print(f"stego {options.subcommand}: {line}", file=sys.stderr)
    return code
