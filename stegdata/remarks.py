"""What is to be known of single covers: left out and why, or noted."""

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from stegdata.errors import DataError
from stegdata.files import atomic_write

LEFT_OUT, NOTED = "left out", "noted"


@dataclass(frozen=True, order=True)
class Remark:
    """One line of `remarks.tsv`: a cover, whether it was left out or is only noted, and why."""

    cover: str
    what: str
    reason: str


def write(path: Path, remarks: Sequence[Remark]) -> None:
    """Write remarks as tab-separated text with a header, sorted, whole or not at all."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow([field.name for field in fields(Remark)])
        table.writerows(astuple(remark) for remark in sorted(remarks))


def read(path: Path) -> list[Remark]:
    """Read what `write` wrote; DataError if it is missing or something else."""
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            return [Remark(**line) for line in csv.DictReader(file, delimiter="\t")]
    except (OSError, TypeError, ValueError) as error:
        raise DataError(
            f"{path}: expected a table of cover, what, reason, got {error!r}: delete it and run `snakemake {path}`"
        ) from error


def summary(remarks: Sequence[Remark], told: int = 5) -> list[str]:
    """One line a reason: how many covers, and the first of their names."""
    names: dict[tuple[str, str], list[str]] = {}
    for remark in sorted(remarks):
        names.setdefault((remark.what, remark.reason), []).append(remark.cover)
    return [
        f"{len(found)} covers {what}, {reason}: {', '.join(found[:told])}{', ...' if len(found) > told else ''}"
        for (what, reason), found in sorted(names.items())
    ]
