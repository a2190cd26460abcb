"""Tables, figures, and one page with both that loads nothing from a host: views of the summary of a finished run."""

import base64
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pandas import DataFrame

from stegdata import checksums
from stegdata.files import atomic_folder, atomic_write, sha256
from workflow.plan import Plan
from workflow.report import (
    choices,
    cross,
    curves,
    detectability,
    differences,
    histograms,
    left_out,
    run,
    strips,
    summary,
    tables,
    times,
)
from workflow.report.table import NOTHING, Table, laid_out, write_csv

PACKAGES = (
    *("h5py", "keras", "matplotlib", "numba", "numpy", "pandas", "pillow", "pyjpegio", "scikit-image", "scikit-learn"),
    *("scipy", "snakemake", "tensorflow"),
)
SPLITS_NOTE = (
    "All covers of a group (photograph, patient) are in one split. Networks keep the weights that are best on "
    "validation; test is scored once."
)
Drawing = tuple[DataFrame, Callable[[Path, DataFrame], None]]


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
        Outputs.

    Raises
    ------
    DataError
        A file of the run that cannot be read or does not fit, an output that cannot be written.
    """
    results = summary.read(summary_path)
    measured, pairs = tables.measure(results), run.pairs_of(plan.stego_sets)
    counts, spent = run.split_counts(plan.sources, plan.stego_sets), times.by_rule(Path("results/benchmarks"))
    laid = {
        table.name: table
        for table in (
            detectability.build(plan.detectors, plan.sources),
            *tables.build(measured, parameters, plan.name),
            differences.build(plan.detectors, plan.sources),
            cross.build(results),
            choices.build(plan.detectors),
            Table("splits", "Groups, covers and pairs by split", SPLITS_NOTE, counts),
        )
    }
    note = left_out.note(pairs, plan.torn_tables)
    drawings: dict[str, Drawing] = {
        "detectability": (laid["detectability"].rows, detectability.draw),
        "histograms": (histograms.count(pairs), histograms.draw),
        "accuracy": (curves.accuracies(measured), curves.draw_accuracies),
        "roc": (curves.roc(plan.detectors), curves.draw_roc),
        "cross-dataset": (laid["cross-dataset"].rows, cross.draw),
        "choices": (choices.curves(plan.detectors), choices.draw),
        "times": (spent, times.draw),
    }
    drawings = {name: (rows, draw) for name, (rows, draw) in drawings.items() if len(rows)}
    with atomic_folder(table_folder) as temporary:
        for table in laid.values():
            table.write(temporary, note)
    shown = [(stego_set, plan.shown(stego_set)) for stego_set in plan.stego_sets]
    with atomic_folder(figure_folder) as temporary:
        for name, (rows, draw) in drawings.items():
            write_csv(temporary / f"{name}.csv", rows)
            draw(temporary / name, rows)
        trained, embedded = curves.training(temporary, plan.networks), strips.write(temporary, shown)
    content = {
        "settings": plan.settings,
        "figures": {name: _figure(Path(figure_folder) / name) for name in drawings},
        "strips": {name.partition("-")[2]: _figure(Path(figure_folder) / name, "strips") for name in embedded},
        "curves": {name.partition("-")[2]: _figure(Path(figure_folder) / name, "training-curves") for name in trained},
        "tables": {name: _table(Path(table_folder), table, note) for name, table in laid.items()},
        "totals": _totals(counts, results, spent),
        "software": {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "hashes": _hashes(plan),
    }
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = environment.get_template("page.html.jinja").render(content)
    with atomic_write(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _figure(path: Path, numbers: str | None = None) -> dict[str, str]:
    """SVG to show, PDF if there is one and CSV to save, as data addresses; the CSV's name if not the figure's."""
    table, pdf = path.with_name(f"{numbers or path.name}.csv"), path.with_name(f"{path.name}.pdf")
    return {
        "pdf": _data(pdf, "application/pdf") if pdf.exists() else "",
        "name": path.name,
        "svg": _data(path.with_name(f"{path.name}.svg"), "image/svg+xml"),
        "csv": _data(table, "text/csv"),
        "csv_name": table.name,
    }


def _table(folder: Path, table: Table, note: str) -> dict[str, str]:
    path = folder / f"{table.name}.csv"
    return {
        "title": table.title,
        "note": table.noted(note),
        "rows": laid_out(table.rows, "html"),
        "published": laid_out(table.published, "html"),
        "nothing": NOTHING,
        "csv": _data(path, "text/csv"),
        "csv_name": path.name,
    }


def _data(path: Path, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _totals(counts: DataFrame, results: DataFrame, spent: DataFrame) -> dict[str, str]:
    """Numbers for the top of the page."""
    totals = counts.set_index("counted")[["train", "val", "test"]].sum(axis=1).groupby("counted").sum()
    whole = results[results["part"] == ""]
    minutes = spent["minutes"].sum()
    return {
        "covers": f"{totals['covers']:,}",
        "pairs": f"{totals['pairs']:,}",
        "detectors": f"{len(whole[[*summary.NAMES[:2], *summary.NAMES[5:], 'seed']].drop_duplicates()):,}",
        "test images scored": f"{whole['images'].sum():,}",
        "job time": f"{minutes / 60:.1f} h" if minutes >= 60 else f"{minutes:.1f} min",
    }


def _hashes(plan: Plan) -> dict[str, str]:
    """SHA-256 of all shards, from their manifests, and of all scores."""
    shards = {
        f"{stego_set.shards}/{name}": digest
        for stego_set in plan.stego_sets
        for name, digest in checksums.read(Path(f"{stego_set.shards}/manifest.tsv"), "shard").items()
    }
    return shards | {path: sha256(path) for path in map(run.scores_path, plan.detectors)}
