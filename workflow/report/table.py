"""Tables as CSV, in full, and for reading as Markdown and HTML, rounded."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tabulate import tabulate

Row = dict[str, Any]
#: Columns that start an interval: how a value is scaled, and digits.
INTERVALS = {"low": (100, 1), "p_e_low": (1, 3)}
NOTHING = "This run has nothing for this table."


@dataclass(frozen=True)
class Table:
    """Rows with a title and a note; all rows have the same columns.

    Attributes
    ----------
    name : str
        Of its files.
    title, note : str
        Plain text.
    rows : sequence of dict
        What was measured.
    published : sequence of dict
        What was published and not run, in a block of its own.
    """

    name: str
    title: str
    note: str
    rows: Sequence[Row]
    published: Sequence[Row] = field(default=())

    def write(self, folder: Path) -> None:
        """Write `<name>.csv` and `<name>.md`; published rows also as `<name>-published.csv`."""
        write_csv(folder / f"{self.name}.csv", self.rows)
        if self.published:
            write_csv(folder / f"{self.name}-published.csv", self.published)
        blocks = [f"## {self.title}", self.note, laid_out(self.rows, "github") or NOTHING]
        if self.published:
            blocks += ["Published, and not run here:", laid_out(self.published, "github")]
        (folder / f"{self.name}.md").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write rows with the columns of the first, comma-separated; an empty file where there is none."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
        if rows:
            table.writeheader()
        table.writerows(rows)


def laid_out(rows: Sequence[Row], form: str) -> str:
    """Rows for reading, in a form of `tabulate`; empty where there is none."""
    shown = [{name: _shown(name, value) for name, value in _short(row).items()} for row in rows]
    return tabulate(shown, headers="keys", tablefmt=form, disable_numparse=True) if rows else ""


def _short(row: Row) -> Row:
    """For reading: the interval in one cell, no underscores."""
    shown = {}
    for name, value in row.items():
        if name in INTERVALS:
            unit, digits = INTERVALS[name]
            high = row[name.replace("low", "high")]
            shown["95 % interval"] = "" if value == "" else f"{unit * value:.{digits}f} to {unit * high:.{digits}f}"
        elif name.replace("high", "low") not in INTERVALS:
            shown[name.replace("_", " ")] = value
    return shown


def _shown(name: str, value: object) -> str:
    if isinstance(value, float):
        if name == "mcnemar p":
            return f"{value:.2g}"
        if name in ("p e", "auc", "p md 5", "loss", "paper loss"):
            return f"{value:.3f}"
        return f"{100 * value:+.1f}" if name == "difference" else f"{100 * value:.1f}"
    if name == "scenario":
        return str(value).replace("_", " ")
    return f"{int(str(value)):,}" if str(value).isdigit() else str(value)
