"""Time and memory by rule, from the benchmarks of a run."""

from pathlib import Path

import pandas as pd
from pandas import DataFrame

from stegdata import tsv
from workflow.report.style import COLOURS, styled


def by_rule(benchmarks: Path) -> DataFrame:
    """Sum up `<benchmarks>/<rule>/...tsv`, longest first: jobs, minutes, mean and longest job, peak memory."""
    jobs = [
        (path.relative_to(benchmarks).with_suffix("").as_posix().partition("/")[0], job["s"], job["max_rss"])
        for path in sorted(benchmarks.rglob("*.tsv"))
        for job in tsv.read(path, ("s", "max_rss"))
    ]
    frame = DataFrame(jobs, columns=["rule", "s", "mb"])
    # Snakemake writes "-" or "NA" as the memory of a short job
    numbers = frame[["s", "mb"]].apply(pd.to_numeric, errors="coerce").astype(float)
    rules = frame.assign(**numbers).groupby("rule", sort=False)
    rows = DataFrame(
        {
            "jobs": rules.size(),
            "minutes": (rules["s"].sum() / 60).round(3),
            "mean_seconds": rules["s"].mean().round(2),
            "longest_seconds": rules["s"].max().round(2),
            "peak_mb": rules["mb"].max().round().astype("Int64"),
        }
    )
    return rows.sort_values("minutes", ascending=False, kind="stable").reset_index()


def draw(path: Path, rows: DataFrame) -> None:
    """Draw the total time of the jobs of each rule, on a logarithmic axis."""
    with styled(path, 9, 0.3 * len(rows) + 0.8) as figure:
        axis = figure.subplots()
        upwards = rows[::-1]
        names = [f"{rule} ({jobs})" for rule, jobs in zip(upwards["rule"], upwards["jobs"], strict=True)]
        bars = axis.barh(names, upwards["minutes"], color=COLOURS[0], log=True)
        axis.bar_label(bars, [f"{minutes:.3g}" for minutes in upwards["minutes"]], padding=3, fontsize=7.5)
        axis.set(xlabel="minutes, all jobs of a rule together (jobs in brackets)")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.margins(x=0.12)
