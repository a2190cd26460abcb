"""Tables, figures, and one page with both that asks no host for anything: views of the summary of a finished run."""

import base64
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stegdata import checksums
from stegdata.files import atomic_folder, atomic_write, sha256
from stegdata.names import StegoSet, TrainedDetector
from workflow.plan import Plan
from workflow.report import (
    choices,
    cross,
    curves,
    detectability,
    differences,
    flow,
    left_out,
    strips,
    summary,
    tables,
    times,
)
from workflow.report.summary import Result
from workflow.report.table import NOTHING, Row, Table, laid_out, write_csv

PACKAGES = (
    "h5py",
    "keras",
    "matplotlib",
    "numba",
    "numpy",
    "pillow",
    "pyjpegio",
    "scikit-image",
    "scikit-learn",
    "scipy",
)
RUNNERS = ("snakemake", "tensorflow")


def write(
    plan: Plan, summary_path: Path, parameters: Path, table_folder: Path, figure_folder: Path, page: Path
) -> None:
    """Write the folder of tables, the folder of figures (PNG, SVG, CSV) and the page; each appears whole or not at all.

    Parameters
    ----------
    plan : Plan
        Of the run, whose results lie below `results`.
    summary_path, parameters : Path
        `summary.csv` and `parameters.tsv`.
    table_folder, figure_folder, page : Path
        What is written.

    Raises
    ------
    DataError
        A file of the run that cannot be read or does not fit, an output that cannot be written.
    """
    results = summary.read(summary_path)
    found = [*tables.build(results, parameters, plan.name), differences.build(plan.detectors, plan.sources)]
    found.insert(0, detectability.build(plan.detectors, plan.sources))
    found += [cross.build(results), choices.build(plan.detectors)]
    found = left_out.noted(found, plan.stego_sets, plan.torn_tables)
    with atomic_folder(table_folder) as temporary:
        for table in found:
            table.write(temporary)
    counted = flow.count(plan.sources, plan.stego_sets, results)
    spent = times.by_rule(Path("results/benchmarks"))
    shown = [(stego_set, plan.shown(stego_set)) for stego_set in plan.stego_sets]
    with atomic_folder(figure_folder) as temporary:
        drawn = _draw(temporary, plan, found, counted, spent)
        trained, embedded = curves.training(temporary, plan.networks), strips.write(temporary, shown)
    content = {
        "settings": plan.settings,
        "figures": {name: _figure(Path(figure_folder) / name) for name in drawn},
        "strips": [_titled(Path(figure_folder), name, "strips") for name in embedded],
        "curves": [_titled(Path(figure_folder), name, "training-curves") for name in trained],
        "tables": [_table(Path(table_folder), table) for table in found],
        "totals": _totals(counted, results, spent),
        "software": {"Python": platform.python_version()} | {name: version(name) for name in (*PACKAGES, *RUNNERS)},
        "hashes": [*_shards(plan.stego_sets), *_scores(plan.detectors)],
    }
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = environment.get_template("page.html.jinja").render(content)
    with atomic_write(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _draw(folder: Path, plan: Plan, found: Sequence[Table], counted: Sequence[Row], spent: Sequence[Row]) -> list[str]:
    """Draw what there is something for, each with its numbers as CSV; return their names."""
    rows_of = {table.name: table.rows for table in found}
    drawings = {
        "detectability": (rows_of["detectability"], detectability.draw),
        "flow": (counted, flow.draw_flow),
        "histograms": (flow.histograms(plan.stego_sets), flow.draw_histograms),
        "accuracy": (curves.accuracies(found), curves.draw_accuracies),
        "roc": (curves.roc(plan.detectors), curves.draw_roc),
        "cross-dataset": (rows_of["cross-dataset"], cross.draw),
        "choices": (choices.curves(plan.detectors), choices.draw),
        "times": (spent, times.draw),
    }
    drawn = {name: (rows, draw) for name, (rows, draw) in drawings.items() if rows}
    for name, (rows, draw) in drawn.items():
        write_csv(folder / f"{name}.csv", rows)
        draw(folder / name, rows)
    return list(drawn)


def _figure(path: Path, numbers: str | None = None) -> dict[str, str]:
    """SVG as what the page shows, SVG, PDF if there is one and CSV as what it lets one save, all as data addresses."""
    table, pdf = path.with_name(f"{numbers or path.name}.csv"), path.with_name(f"{path.name}.pdf")
    return {
        "pdf": _data(pdf, "application/pdf") if pdf.exists() else "",
        "name": path.name,
        "svg": _data(path.with_name(f"{path.name}.svg"), "image/svg+xml"),
        "csv": _data(table, "text/csv"),
        "csv_name": table.name,
    }


def _titled(folder: Path, name: str, numbers: str) -> tuple[str, dict[str, str]]:
    """Name of a figure without its kind, and the figure."""
    return name.partition("-")[2], _figure(folder / name, numbers=numbers)


def _data(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _table(folder: Path, table: Table) -> dict[str, str]:
    path = folder / f"{table.name}.csv"
    return {
        "name": table.name,
        "title": table.title,
        "note": table.note,
        "rows": laid_out(table.rows, "html"),
        "published": laid_out(table.published, "html"),
        "nothing": NOTHING,
        "csv": _data(path, "text/csv"),
        "csv_name": path.name,
    }


def _totals(counted: Sequence[Row], results: Sequence[Result], spent: Sequence[Row]) -> dict[str, str]:
    """Figures for the top of the page."""
    hours = sum(row["minutes"] for row in spent) / 60
    scored = [one for one in results if not one.part]
    return {
        "covers": f"{sum(row['number'] for row in counted if row['stage'] == 'covers'):,}",
        "pairs": f"{sum(row['number'] for row in counted if row['stage'] == 'pairs'):,}",
        "detectors": f"{len({one.detector for one in scored}):,}",
        "test images scored": f"{sum(one['images'] for one in scored):,}",
        "job time": f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.1f} min",
    }


def _shards(stego_sets: Sequence[StegoSet]) -> Iterable[tuple[str, str]]:
    for one in stego_sets:
        for name, digest in checksums.read(Path(one.shards)).items():
            yield f"{one.shards}/{name}", digest


def _scores(detectors: Sequence[TrainedDetector]) -> Iterable[tuple[str, str]]:
    for detector in detectors:
        path = detector.file("scores.tsv")
        yield path, sha256(path)
