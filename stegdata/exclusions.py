"""Exclusions: covers that were left out and why, remarks on covers, and counts of files that were passed over."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from stegdata import tsv

COLUMNS = ("cover", "what", "reason")
LEFT_OUT, NOTED, PASSED_OVER = "left out", "noted", "passed over"
#: Start of a reason that ends with the name of another cover.
SAME_AS = "as the same picture as "


@dataclass(frozen=True, order=True)
class Exclusion:
    """One line of `exclusions.tsv`: a cover, whether it was left out or only noted, and why.

    Files that are not images have a line per ending: `*.txt`, passed over, 12 files.
    """

    cover: str
    status: str
    reason: str


def write(path: Path, exclusions: Sequence[Exclusion]) -> None:
    """Write exclusions to a table, sorted, whole or not at all."""
    tsv.write(path, COLUMNS, map(astuple, sorted(exclusions)))


def read(path: Path) -> list[Exclusion]:
    """Read a table of `write`; DataError if it is missing or another file."""
    return [Exclusion(*(row[column] for column in COLUMNS)) for row in tsv.read(path, COLUMNS)]


def passed_over(counts: Mapping[str, int]) -> list[Exclusion]:
    """Return exclusions for files that are not images; `counts` is ending -> number of files."""
    return [Exclusion(ending, PASSED_OVER, f"{count} files") for ending, count in counts.items() if count]


def summary(exclusions: Sequence[Exclusion], shown: int = 5) -> list[str]:
    """Return one line per reason: number of covers, and the first of their names; one line for files passed over."""
    names: dict[tuple[str, str], list[str]] = {}
    for exclusion in sorted(exclusions):
        reason, same, other = exclusion.reason.partition(SAME_AS)
        name = f"{exclusion.cover} = {other}" if same else exclusion.cover
        if exclusion.status == PASSED_OVER:
            name, reason = f"{exclusion.cover} ({exclusion.reason})", ""
        names.setdefault((exclusion.status, f"{reason}{same}".rstrip()), []).append(name)
    return [
        f"files {status}: {', '.join(covers)}"
        if status == PASSED_OVER
        else f"{len(covers)} covers {status}, {reason}: "
        f"{', '.join(covers[:shown])}{', ...' if len(covers) > shown else ''}"
        for (status, reason), covers in sorted(names.items())
    ]
