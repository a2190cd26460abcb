"""Note on covers that were left out, below every table whose numbers rest on the others."""

from collections.abc import Sequence
from pathlib import Path

from pandas import DataFrame

from stegdata import duplicates


def note(pairs: DataFrame, conflict_tables: Sequence[str]) -> str:
    """Say how many covers were left out, and why; empty if none.

    `pairs`, from `run.pairs_of`, has the covers that embedders refused; the conflict tables list those whose picture
    another source of a combination, or of a test, has in another split.
    """
    refused = pairs[pairs["left_out"] != ""].groupby("stego_set").size()
    copies = {path: len(duplicates.left_out([Path(path)])) for path in conflict_tables}
    notes = {
        "the embedder refused them (pairs.tsv names each with the reason)": [
            f"{count} of {stego_set}" for stego_set, count in refused.items()
        ],
        "another source has the same picture in another split (the table names each)": [
            f"{count} ({path})" for path, count in copies.items() if count
        ],
    }
    return " ".join(f"Left out, as {reason}: {', '.join(counts)}." for reason, counts in notes.items() if counts)
