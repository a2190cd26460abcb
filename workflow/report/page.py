"""The page: figures, tables and provenance of a finished run in one HTML file that asks no host for anything."""

import base64
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from models.layout import write_csv
from stegdata.files import atomic_folder, atomic_write
from stegdata.shards import sha256
from workflow.report import detectors, sets, strips, times

PACKAGES = ("h5py", "keras", "matplotlib", "numba", "numpy", "pillow", "pyjpegio", "scikit-image", "scikit-learn")
PACKAGES += ("scipy", "snakemake", "tensorflow")
#: Columns of a training that the page shows; the rest is in results.csv.
SHOWN = (
    "union",
    "stego_set",
    "network",
    "head",
    "recipe",
    "seed",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "p_e",
    "auc",
)
SHOWN += ("p_md_5", "images", "best_epoch")


@dataclass(frozen=True)
class Inputs:
    """Files of a finished run.

    Attributes
    ----------
    splits, manifests, pairs : sequence of Path
        `split.tsv` of each source, `manifest.tsv` and `pairs.tsv` of each stego set.
    metrics, scores : sequence of Path
        `metrics.json` and `scores.tsv` of each training.
    shown : sequence of (Path, Path or None)
        A shard of each stego set and, of the JPEG domain, the folder of its covers.
    tables, curves, benchmarks : Path
        Folders of tables, of training curves and of benchmarks.
    cross : Path or None
        Folder of the cross-dataset matrix, where one was made.
    """

    splits: Sequence[Path]
    manifests: Sequence[Path]
    pairs: Sequence[Path]
    metrics: Sequence[Path]
    scores: Sequence[Path]
    shown: Sequence[tuple[Path, Path | None]]
    tables: Path
    curves: Path
    benchmarks: Path
    cross: Path | None = None


def write(page: Path, folder: Path, inputs: Inputs, settings: Mapping[str, Any]) -> None:
    """Write the page, and beside it a folder of its figures (PNG, SVG) and their numbers (CSV).

    Parameters
    ----------
    page, folder : Path
        `results/report.html` and `results/report`; each appears whole or not at all.
    inputs : Inputs
        What it is made from.
    settings : mapping
        run, seed, seeds, sources, recipes: as in config.yaml, shown as they are.

    Raises
    ------
    DataError
        A shard that cannot be read or was made from other covers, an output that cannot be written.
    """
    results = [json.loads(path.read_text(encoding="utf-8")) for path in inputs.metrics]
    with atomic_folder(folder) as temporary:
        flow = sets.count(inputs.splits, inputs.manifests, results)
        write_csv(temporary / "flow.csv", flow)
        sets.draw_flow(temporary / "flow", flow)
        bins = sets.histograms(inputs.pairs)
        write_csv(temporary / "histograms.csv", bins)
        sets.draw_histograms(temporary / "histograms", bins)
        drawn = detectors.write(temporary, inputs.scores, inputs.tables, inputs.cross)
        spent = times.by_rule(inputs.benchmarks)
        write_csv(temporary / "times.csv", spent)
        times.draw(temporary / "times", spent)
        shown = strips.write(temporary, inputs.shown)
    content = {
        "settings": settings,
        "figures": {name: _figure(folder / name) for name in ("flow", "histograms", "times", *drawn)},
        "strips": [(name.removeprefix("strips-"), _figure(folder / name, numbers="strips")) for name in shown],
        "curves": [
            (name, _figure(inputs.curves / f"curves-{name}", numbers="training-curves"))
            for name in dict.fromkeys(f"{result['union']}-{result['stego_set']}" for result in results)
        ],
        "tables": [_table(path) for path in sorted(inputs.tables.glob("*.md"), key=_paper_first)],
        "trainings": [{key: _shown(result.get(key, "")) for key in SHOWN} for result in results],
        "totals": _totals(flow, results, spent),
        "software": {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "hashes": [*_shards(inputs.manifests), *((path.as_posix(), sha256(path)) for path in inputs.scores)],
    }
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = environment.get_template("page.html.jinja").render(content)
    with atomic_write(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _figure(path: Path, numbers: str | None = None) -> dict[str, str]:
    """SVG as what the page shows, SVG and CSV as what it lets one save, all as data addresses."""
    table = path.with_name(f"{numbers or path.name}.csv")
    return {
        "name": path.name,
        "svg": _data(path.with_name(f"{path.name}.svg"), "image/svg+xml"),
        "csv": _data(table, "text/csv"),
        "csv_name": table.name,
    }


def _data(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _paper_first(path: Path) -> tuple[bool, str]:
    """Order of tables: the paper's, then ours."""
    return not path.stem.startswith("table"), path.stem


def _table(path: Path) -> dict[str, str]:
    """Title and HTML of a table that was laid out as Markdown, and its CSV."""
    title, _, rest = path.read_text(encoding="utf-8").removeprefix("## ").partition("\n")
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(rest)
    csv_path = path.with_suffix(".csv")
    return {"title": title, "html": html, "csv": _data(csv_path, "text/csv"), "csv_name": csv_path.name}


def _shown(value: object) -> object:
    return f"{value:.3f}" if isinstance(value, float) else value


def _totals(flow: Sequence[dict], results: Sequence[dict], spent: Sequence[dict]) -> dict[str, str]:
    """Figures for the top of the page."""
    covers = sum(row["number"] for row in flow if row["stage"] == "covers")
    pairs = sum(row["number"] for row in flow if row["stage"] == "pairs")
    hours = sum(row["minutes"] for row in spent) / 60
    return {
        "covers": f"{covers:,}",
        "pairs": f"{pairs:,}",
        "detectors": f"{len(results):,}",
        "test images scored": f"{sum(result['images'] for result in results):,}",
        "job time": f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.1f} min",
    }


def _shards(manifests: Iterable[Path]) -> Iterable[tuple[str, str]]:
    for manifest in manifests:
        for line in sets.read_tsv(manifest):
            yield (manifest.parent / line["shard"]).as_posix(), line["sha256"]
