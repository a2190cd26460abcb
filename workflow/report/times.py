"""Time and memory by rule, from the benchmarks of a run."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from stegdata import tsv
from workflow.report.style import COLOURS, styled
from workflow.report.table import Row


def by_rule(benchmarks: Path) -> list[Row]:
    """Sum up `<benchmarks>/<rule>/...tsv`, longest first: jobs, hours, mean and longest job, peak memory."""
    measured: dict[str, list[dict[str, str]]] = defaultdict(list)
    for path in sorted(benchmarks.rglob("*.tsv")):
        rule, _, _ = path.relative_to(benchmarks).as_posix().removesuffix(".tsv").partition("/")
        measured[rule] += tsv.read(path, ("s", "max_rss"))
    rows = []
    for rule, jobs in measured.items():
        seconds = [float(job["s"]) for job in jobs]
        memory = [float(job["max_rss"]) for job in jobs if job["max_rss"] not in ("-", "NA", "")]
        rows.append(
            {
                "rule": rule,
                "jobs": len(jobs),
                "minutes": round(sum(seconds) / 60, 3),
                "mean_seconds": round(sum(seconds) / len(seconds), 2),
                "longest_seconds": round(max(seconds), 2),
                "peak_mb": round(max(memory)) if memory else "",
            }
        )
    return sorted(rows, key=lambda row: -row["minutes"])


def draw(path: Path, rows: Sequence[Row]) -> None:
    """Draw the sum of all jobs of each rule, on a logarithmic axis."""
    with styled(path, 9, 0.3 * len(rows) + 0.8) as figure:
        axis = figure.subplots()
        names = [f"{row['rule']} ({row['jobs']})" for row in reversed(rows)]
        minutes = [row["minutes"] for row in reversed(rows)]
        bars = axis.barh(names, minutes, color=COLOURS[0], log=True)
        axis.bar_label(bars, [f"{value:.3g}" for value in minutes], padding=3, fontsize=7.5)
        axis.set(xlabel="minutes, all jobs of a rule together (jobs in brackets)")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.margins(x=0.12)
