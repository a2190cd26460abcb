"""Covers that were left out: said under every table, since its numbers rest on the others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from stegdata import duplicates, tsv
from stegdata.names import StegoSet
from workflow.report.table import Table


def note(stego_sets: Sequence[StegoSet]) -> str:
    """How many covers of which stego sets were left out; empty where there are none."""
    counted = Counter(
        str(one)
        for one in stego_sets
        for row in tsv.read(f"{one.shards}/pairs.tsv", ("name", "left_out"))
        if row["left_out"]
    )
    if not counted:
        return ""
    told = ", ".join(f"{number} of {name}" for name, number in sorted(counted.items()))
    return f"Left out, as the embedder refused them (pairs.tsv names each with the reason): {told}."


def torn_note(paths: Sequence[str]) -> str:
    """How many covers of which combined or crossed sources were left out as copies; empty where there are none."""
    counted = [(PurePath(path), len(duplicates.left_out([Path(path)]))) for path in paths]
    told = ", ".join(f"{count} ({path})" for path, count in counted if count)
    if not told:
        return ""
    return f"Left out, as another source has the same picture in another split (the table names each): {told}."


def noted(tables: Sequence[Table], stego_sets: Sequence[StegoSet], torn: Sequence[str]) -> list[Table]:
    """The tables with these notes, where they have rows."""
    told = " ".join(filter(None, (note(stego_sets), torn_note(torn))))
    return [replace(one, note=f"{one.note} {told}") if told and one.rows else one for one in tables]
