"""What is to be known of a source: covers that were left out and why, or noted; files that were passed over."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from stegdata import tsv

COLUMNS = ("cover", "what", "reason")
LEFT_OUT, NOTED, PASSED_OVER = "left out", "noted", "passed over"
#: What a reason begins with that ends with the name of another cover.
SAME_AS = "as the same picture as "


@dataclass(frozen=True, order=True)
class Exclusion:
    """One line of `exclusions.tsv`: a cover, whether it was left out or is only noted, and why.

    Files that are no images have a line an ending: `*.txt`, passed over, 12 files.
    """

    cover: str
    what: str
    reason: str


def write(path: Path, exclusions: Sequence[Exclusion]) -> None:
    """Write exclusions as tab-separated text with a header, sorted, whole or not at all."""
    tsv.write(path, COLUMNS, map(astuple, sorted(exclusions)))


def read(path: Path) -> list[Exclusion]:
    """Read what `write` wrote; DataError if it is missing or something else."""
    return [Exclusion(*(row[column] for column in COLUMNS)) for row in tsv.read(path, COLUMNS)]


def passed_over(counts: Mapping[str, int]) -> list[Exclusion]:
    """Tell files that are no images: ending -> their number."""
    return [Exclusion(what, PASSED_OVER, f"{count} files") for what, count in counts.items() if count]


def summary(exclusions: Sequence[Exclusion], told: int = 5) -> list[str]:
    """One line a reason: how many covers, and the first of their names; and one a kind of files passed over."""
    names: dict[tuple[str, str], list[str]] = {}
    for one in sorted(exclusions):
        if one.what == PASSED_OVER:
            names.setdefault((one.what, ""), []).append(f"{one.cover} ({one.reason})")
            continue
        reason, same, other = one.reason.partition(SAME_AS)
        names.setdefault((one.what, f"{reason}{same}".rstrip()), []).append(
            f"{one.cover} = {other}" if same else one.cover
        )
    return [
        f"files {what}: {', '.join(found)}"
        if what == PASSED_OVER
        else f"{len(found)} covers {what}, {reason}: {', '.join(found[:told])}{', ...' if len(found) > told else ''}"
        for (what, reason), found in sorted(names.items())
    ]
