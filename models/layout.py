"""Rows of results as CSV, in full, and as Markdown, rounded."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tabulate import tabulate

Row = dict[str, Any]


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write rows with the columns of the first, comma-separated."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def write_table(path: Path, title: str, rows: Sequence[Row], note: str) -> None:
    """Write rows as `<path>.csv`, and for reading as `<path>.md` with title and note."""
    write_csv(path.with_suffix(".csv"), rows)
    shown = [{name: _shown(name, value) for name, value in _short(row).items()} for row in rows]
    text = tabulate(shown, headers="keys", tablefmt="github", disable_numparse=True)
    path.with_suffix(".md").write_text(f"## {title}\n\n{note}\n\n{text}\n", encoding="utf-8")


def _short(row: Row) -> Row:
    """For reading: the interval in one cell."""
    if "low" not in row:
        return row
    interval = f"{100 * row['low']:.1f} to {100 * row['high']:.1f}" if row["low"] != "" else ""
    return {"95 % interval" if k == "low" else k: interval if k == "low" else v for k, v in row.items() if k != "high"}


def _shown(name: str, value: object) -> str:
    if isinstance(value, float):
        if name == "mcnemar_p":
            return f"{value:.2g}"
        if name in ("p_e", "auc", "p_md_5", "loss", "paper_loss"):
            return f"{value:.3f}"
        return f"{100 * value:+.1f}" if name == "difference" else f"{100 * value:.1f}"
    return f"{int(value):,}" if str(value).isdigit() else str(value)
