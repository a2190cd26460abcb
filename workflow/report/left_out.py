"""Covers that embedders refused: said under every table, since its numbers rest on the others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from stegdata import tsv
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


def noted(tables: Sequence[Table], stego_sets: Sequence[StegoSet]) -> list[Table]:
    """The tables with that note, where they have rows."""
    told = note(stego_sets)
    return [replace(one, note=f"{one.note} {told}") if told and one.rows else one for one in tables]
