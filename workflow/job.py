"""Frame of every job's script: log to file and terminal, and turn a foreseen end into one line."""

import io
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from embedders import EmbedderError, FunctionError
from models import ModelError
from stegdata import DataError, duplicates, splits
from stegdata.files import expanded

if TYPE_CHECKING:
    from models.detector import Split

#: Errors that end a job with one line.
FORESEEN = (EmbedderError, DataError, ModelError)
INTERRUPTED = 130
#: Bytes, above any array of an image of 1024x1024.
LARGE = 16 << 20


def keep_freed_memory() -> None:
    """Let glibc keep what one image's arrays free for those of the next: a shard takes a fifth less.

    Its malloc hands freed blocks back to the kernel, at 500 page faults a pair, until it has once freed a larger one.
    """
    np.empty(LARGE, np.uint8)


class _Log(io.FileIO):
    """A log that loses what its disk has no room for: the terminal still gets the line on why the job ends."""

    def write(self, data: Any) -> int:  # noqa: ANN401 any buffer
        """Write bytes, or drop them."""
        try:
            return super().write(data) or 0
        except OSError:
            return len(data)


@contextmanager
def job(snakemake: Any) -> Iterator[Callable[[str], None]]:  # noqa: ANN401 the object has no public class
    """Yield a function that writes a line to the job's log and to the terminal.

    What compiled libraries print on their own goes to the log only, as do the lines of `stegdata.progress`, whose bar
    is on the terminal. An `EmbedderError`, `DataError` or `ModelError` ends the job with its message, and so does
    Ctrl-C or a scheduler's signal: without a traceback, and after temporary files are gone. The traceback of a user's
    own function goes to the log.
    """
    keep_freed_memory()
    terminal = os.fdopen(os.dup(2), "w", buffering=1)
    log = io.BufferedWriter(_Log(snakemake.log[0], "w"))
    with io.TextIOWrapper(log, encoding="utf-8", line_buffering=True) as file:
        os.dup2(file.fileno(), 2)
        sys.stderr = terminal
        signal.signal(signal.SIGTERM, _interrupt)
        ours = logging.getLogger("stegdata")  # and no other: pydicom's tells what is in a header
        ours.handlers, ours.propagate = [logging.StreamHandler(file)], False
        ours.setLevel(logging.INFO)

        def tell(line: str) -> None:
            print(line, file=file)
            print(f"{snakemake.rule} {' '.join(snakemake.wildcards)}: {line}", file=terminal)

        try:
            yield tell
        except KeyboardInterrupt:
            tell("interrupted: nothing half-made was kept; give the same command to go on from the finished jobs")
            sys.exit(INTERRUPTED)
        except FORESEEN as error:
            if isinstance(error.__cause__, FunctionError):
                traceback.print_exception(error, file=file)
            tell(f"{type(error).__name__}: {error}")
            sys.exit(1)


def split_of(inputs: Any) -> "Split":  # noqa: ANN401 Snakemake's, which has no public class
    """Pairs, features and scores among the inputs of a job, with the covers to leave out and the groups of all."""
    from models.detector import Split

    files = {name: inputs.get(name, []) for name in ("shards", "stego_features", "cover_features", "components")}
    excluded, groups = duplicates.left_out(inputs.get("excluded", [])), splits.groups_of(inputs.get("splits", []))
    return Split(**files, excluded=excluded, groups=groups)


def place_of(snakemake: Any) -> str | None:  # noqa: ANN401 as above
    """File or folder that a source's covers are read from; None for the sample.

    The user's own is asked of the configuration and is no parameter of a rule: where it lies changes no result.
    """
    path = snakemake.config["sources"][snakemake.wildcards.source].get("path")
    return expanded(path) if path else snakemake.input.get("place") or None


def _interrupt(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
