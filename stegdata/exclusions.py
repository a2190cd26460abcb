"""What is to be known of single covers: left out and why, or noted."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from stegdata import tsv

COLUMNS = ("cover", "what", "reason")
LEFT_OUT, NOTED = "left out", "noted"


@dataclass(frozen=True, order=True)
class Exclusion:
    """One line of `exclusions.tsv`: a cover, whether it was left out or is only noted, and why."""

    cover: str
    what: str
    reason: str


def write(path: Path, exclusions: Sequence[Exclusion]) -> None:
    """Write exclusions as tab-separated text with a header, sorted, whole or not at all."""
    tsv.write(path, COLUMNS, map(astuple, sorted(exclusions)))


def read(path: Path) -> list[Exclusion]:
    """Read what `write` wrote; DataError if it is missing or something else."""
    return [Exclusion(*(row[column] for column in COLUMNS)) for row in tsv.read(path, COLUMNS)]


def summary(exclusions: Sequence[Exclusion], told: int = 5) -> list[str]:
    """One line a reason: how many covers, and the first of their names."""
    names: dict[tuple[str, str], list[str]] = {}
    for one in sorted(exclusions):
        names.setdefault((one.what, one.reason), []).append(one.cover)
    return [
        f"{len(found)} covers {what}, {reason}: {', '.join(found[:told])}{', ...' if len(found) > told else ''}"
        for (what, reason), found in sorted(names.items())
    ]
