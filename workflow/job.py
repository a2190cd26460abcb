"""What every job's script does first: log to file and terminal, and turn a foreseen error into one line."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def job(snakemake: Any) -> Iterator[Callable[[str], None]]:  # noqa: ANN401 the object has no public class
    """Yield a function that writes a line to the job's log and to the terminal.

    An `EmbedderError`, `DataError` or `ModelError` ends the job with its message, without a traceback.
    """
    with Path(snakemake.log[0]).open("w", encoding="utf-8", buffering=1) as log:

        def say(line: str) -> None:
            print(line, file=log)
            print(f"{snakemake.rule} {' '.join(snakemake.wildcards)}: {line}", file=sys.stderr, flush=True)

        try:
            yield say
        except ValueError as error:
            if type(error).__name__ not in ("EmbedderError", "DataError", "ModelError"):
                raise
            say(f"{type(error).__name__}: {error}")
            sys.exit(1)
