"""What every job's script does first: log to file and terminal, and turn a foreseen error into one line."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FORESEEN = ("EmbedderError", "DataError", "ModelError")


@contextmanager
def job(snakemake: Any) -> Iterator[Callable[[str], None]]:  # noqa: ANN401 the object has no public class
    """Yield a function that writes a line to the job's log and to the terminal.

    What compiled libraries print on their own goes to the log only. An `EmbedderError`, `DataError` or `ModelError`
    ends the job with its message, without a traceback.
    """
    terminal = os.fdopen(os.dup(2), "w", buffering=1)
    with Path(snakemake.log[0]).open("w", encoding="utf-8", buffering=1) as log:
        os.dup2(log.fileno(), 2)
        sys.stderr = terminal

        def say(line: str) -> None:
            print(line, file=log)
            print(f"{snakemake.rule} {' '.join(snakemake.wildcards)}: {line}", file=terminal)

        try:
            yield say
        except ValueError as error:
            if type(error).__name__ not in FORESEEN:
                raise
            say(f"{type(error).__name__}: {error}")
            sys.exit(1)
