"""Note on covers that were left out, below every table whose numbers rest on the others."""

from collections.abc import Sequence
from pathlib import Path

from pandas import DataFrame

from stegdata import duplicates


def note(pairs: DataFrame, conflict_tables: Sequence[str]) -> str:
    """Say how many covers were left out, and why; empty if none.

    Parameters
    ----------
    pairs : DataFrame
        As `run.pairs_of` returns it; covers that an embedder refused have a reason in `left_out`.
    conflict_tables : sequence of str
        Tables of covers whose picture another source of a combination or a test has in another split.
    """
    refused = pairs[pairs["left_out"] != ""].groupby("stego_set").size()
    copies = {path: len(duplicates.left_out([Path(path)])) for path in conflict_tables}
    return " ".join(
        f"Left out, as {reason}: {', '.join(counted)}."
        for reason, counted in (
            (
                "the embedder refused them (pairs.tsv names each with the reason)",
                [f"{count} of {stego_set}" for stego_set, count in refused.items()],
            ),
            (
                "another source has the same picture in another split (the table names each)",
                [f"{count} ({path})" for path, count in copies.items() if count],
            ),
        )
        if counted
    )
