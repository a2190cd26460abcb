"""Notes on covers that were left out, below every table whose numbers rest on the others."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pandas import DataFrame

from stegdata import duplicates
from workflow.report.table import Table


def note(pairs: DataFrame) -> str:
    """Say how many covers of which stego sets the embedder refused; empty if none."""
    counts = pairs[pairs["left_out"] != ""].groupby("stego_set").size()
    if not len(counts):
        return ""
    listed = ", ".join(f"{number} of {name}" for name, number in counts.items())
    return f"Left out, as the embedder refused them (pairs.tsv names each with the reason): {listed}."


def conflict_note(paths: Sequence[str]) -> str:
    """Say how many covers of which combined or crossed sources were left out as copies; empty if none."""
    counts = {path: len(duplicates.left_out([Path(path)])) for path in paths}
    listed = ", ".join(f"{count} ({path})" for path, count in counts.items() if count)
    if not listed:
        return ""
    return f"Left out, as another source has the same picture in another split (the table names each): {listed}."


def add_notes(tables: Sequence[Table], pairs: DataFrame, conflict_tables: Sequence[str]) -> list[Table]:
    """Add both notes to the tables that have rows.

    Parameters
    ----------
    tables : sequence of Table
        Of the run.
    pairs : DataFrame
        As `run.pairs_of` returns it.
    conflict_tables : sequence of str
        Tables of covers that another source has in another split.
    """
    notes = " ".join(filter(None, (note(pairs), conflict_note(conflict_tables))))
    return [replace(table, note=f"{table.note} {notes}") if notes and len(table.rows) else table for table in tables]
