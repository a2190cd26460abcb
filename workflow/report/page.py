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
from workflow.report import choices, cross, curves, detectability, differences, run, spread, strips, summary, tables
from workflow.report.table import NOTHING, Table, laid_out, write_csv

PACKAGES = (
    *("h5py", "keras", "matplotlib", "numba", "numpy", "pandas", "pillow", "pyjpegio", "scikit-image", "scikit-learn"),
    *("scipy", "snakemake", "tensorflow"),
)
SPLITS_NOTE = (
    "All covers of a group (photograph, patient) are in one split. Networks keep the weights that are best on "
    "validation; test is scored once."
)
MEDIA_TYPES = {".svg": "image/svg+xml", ".csv": "text/csv", ".pdf": "application/pdf"}
Drawing = tuple[DataFrame, Callable[[Path, DataFrame], None]]


def write(
    plan: Plan, summary_path: Path, parameters: Path, table_folder: Path, figure_folder: Path, page: Path
) -> None:
    """Write the folder of tables, the folder of figures (PNG, SVG, CSV) and the page; each appears whole or not at all.

    Reads `summary.csv`, `parameters.tsv` and the results of the plan; DataError for a file that cannot be read.
    """
    results = summary.read(summary_path)
    measured = tables.measure(results)
    counts = run.split_counts(plan.sources, plan.stego_sets)
    splits = spread.read(plan.dealt_anew)
    laid = {
        table.name: table
        for table in (
            detectability.build(plan.detectors, splits),
            *spread.build(splits),
            *tables.build(measured, parameters, plan.name),
            differences.build(plan.detectors),
            cross.build(results, plan.scorings),
            choices.build(plan.detectors),
            Table("splits", "Groups, covers and pairs by split", SPLITS_NOTE, counts),
        )
    }
    note = run.note(plan.stego_sets, plan.conflict_tables, int(results["groups"].min()))
    drawings: dict[str, Drawing] = {
        "detectability": (laid["detectability"].rows, detectability.draw),
        "accuracy": (curves.accuracies(measured), curves.draw_accuracies),
        "roc": (curves.roc(plan.detectors), curves.draw_roc),
        "cross-dataset": (laid["cross-dataset"].rows, cross.draw),
        "reliability": (curves.reliability(plan.detectors), curves.draw_reliability),
    }
    drawings = {name: (rows, draw) for name, (rows, draw) in drawings.items() if len(rows)}
    with atomic_folder(table_folder, replace=True) as temporary:
        for table in laid.values():
            table.write(temporary, note)
    shown = [(stego_set, plan.shown(stego_set)) for stego_set in plan.stego_sets]
    with atomic_folder(figure_folder, replace=True) as temporary:
        for name, (rows, draw) in drawings.items():
            write_csv(temporary / f"{name}.csv", rows)
            draw(temporary / name, rows)
        trained, embedded = curves.training(temporary, plan.networks), strips.write(temporary, shown)
    content = {
        "settings": plan.settings,
        "folder": Path(figure_folder),
        "figures": list(drawings),
        "strips": embedded,
        "curves": trained,
        "table_folder": Path(table_folder),
        "tables": laid,
        "left_out": note,
        "nothing": NOTHING,
        "totals": _totals(counts, results),
        "software": {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "hashes": _hashes(plan),
    }
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"address": address, "html": lambda rows: laid_out(rows, "html")}
    text = environment.get_template("page.html.jinja").render(content)
    with atomic_write(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


def address(path: Path) -> str:
    """Return a data address that holds a file for the page to show or save; empty if there is no such file."""
    if not path.exists():
        return ""
    return f"data:{MEDIA_TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _totals(counts: DataFrame, results: DataFrame) -> dict[str, str]:
    """Numbers for the top of the page."""
    totals = counts.set_index("counted")[["train", "val", "test"]].sum(axis=1).groupby("counted").sum()
    whole = results[results["part"] == ""]
    minutes = run.seconds(Path("results/benchmarks")) / 60
    return {
        "covers": f"{totals['covers']:,}",
        "pairs": f"{totals['pairs']:,}",
        "detectors": f"{len(whole[[*summary.DETECTOR]].drop_duplicates()):,}",
        "test images scored": f"{whole['images'].sum():,}",
        "job time": f"{minutes / 60:.1f} h" if minutes >= 60 else f"{minutes:.1f} min",
    }


def _hashes(plan: Plan) -> dict[str, str]:
    """SHA-256 of all shards, from their manifests, and of all scores."""
    shards = {
        f"{stego_set.shards}/{name}": digest
        for stego_set in plan.stego_sets
        for name, digest in checksums.read(Path(stego_set.shards)).items()
    }
    return shards | {path: sha256(path) for path in map(run.scores_path, plan.detectors)}
