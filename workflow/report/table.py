"""Tables as CSV with every digit, and rounded for reading as Markdown and HTML."""

from dataclasses import dataclass, field
from pathlib import Path

from pandas import DataFrame, Series
from pandas.api.types import is_float_dtype
from tabulate import tabulate

#: How numbers with a fraction are shown: factor and format; all others in per cent with one digit.
STYLES = dict.fromkeys(("p_e", "auc", "wauc", "p_md_5", "loss", "paper_loss"), (1, ".3f"))
STYLES |= {"mcnemar_p": (1, ".2g"), "difference": (100, "+.1f"), "accuracy_difference": (100, "+.1f")}
STYLES |= dict.fromkeys(("p_e_difference", "auc_difference"), (1, "+.3f"))
PER_CENT = (100, ".1f")
NOTHING = "This run has nothing for this table."


@dataclass(frozen=True)
class Table:
    """Measured rows with a title and a note; columns that end in _low and _high are the interval of the column
    before the ending, in _sd its standard deviation.

    `name` is that of its files; `published` has numbers that were not run here, in a block of their own.
    """

    name: str
    title: str
    note: str
    rows: DataFrame
    published: DataFrame = field(default_factory=DataFrame)

    def noted(self, more: str) -> str:
        """Return the note, with more that is true of all tables with rows."""
        return f"{self.note} {more}" if more and len(self.rows) else self.note

    def write(self, folder: Path, more: str = "") -> None:
        """Write `<name>.csv` and `<name>.md` with this note; published rows also as `<name>-published.csv`."""
        write_csv(folder / f"{self.name}.csv", self.rows)
        blocks = [f"## {self.title}", self.noted(more), laid_out(self.rows, "github") or NOTHING]
        if len(self.published):
            write_csv(folder / f"{self.name}-published.csv", self.published)
            blocks += ["Published, and not run here:", laid_out(self.published, "github")]
        (folder / f"{self.name}.md").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def write_csv(path: Path, frame: DataFrame) -> None:
    """Write a frame, comma-separated; an empty file if there are no rows."""
    path.write_text(frame.to_csv(index=False, lineterminator="\n") if len(frame) else "", encoding="utf-8")


def laid_out(frame: DataFrame, form: str) -> str:
    """Lay out a frame for reading, in a form of `tabulate`; empty if there are no rows."""
    if not len(frame):
        return ""
    shown = {}
    for name in frame:
        if name.endswith(("_low", "_high", "_sd")):
            continue
        cells, style = _cells(frame[name]), STYLES.get(name, PER_CENT)
        if f"{name}_low" in frame:
            lows, highs = (_numbers(frame[f"{name}{bound}"], *style) for bound in ("_low", "_high"))
            rows = zip(cells, lows, highs, strict=True)
            cells = [f"{cell} ({low} to {high})" if low else cell for cell, low, high in rows]
        if f"{name}_sd" in frame:
            deviations = _numbers(frame[f"{name}_sd"], style[0], style[1].lstrip("+"))
            cells = [f"{cell} ± {sd}" if sd else cell for cell, sd in zip(cells, deviations, strict=True)]
        shown[name.replace("_", " ")] = cells
    return tabulate(shown, headers="keys", tablefmt=form, disable_numparse=True)


def _cells(column: Series) -> list[str]:
    if is_float_dtype(column.dtype):
        return _numbers(column, *STYLES.get(column.name, PER_CENT))
    texts = ["" if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]
    if column.name == "scenario":
        return [text.replace("_", " ") for text in texts]
    return [f"{int(text):,}" if text.isdigit() else text for text in texts]


def _numbers(column: Series, factor: int, digits: str) -> list[str]:
    return ["" if value != value else f"{factor * value:{digits}}" for value in column.astype(float)]
