"""Take over results of release 0.2, so that a run goes on from them."""

from pathlib import Path
from typing import Any

from snakemake.settings.types import RerunTrigger

from stegdata import checksums, tsv
from stegdata.errors import DataError

#: Table of the hashes of a folder in release 0.2.
FORMER = "manifest.tsv"
FOLDERS = ("covers/*/*", "covers/*/q*/*", "shards/*/*", "features/*/*/*")
LINE = (
    "results: of release 0.2: features, classifiers, scores, tables and figures are made anew; covers, shards and "
    "weights of networks are kept where their settings are the same; results/cross-dataset, and metrics.json and "
    "scores.tsv beside weights, are no longer read: delete them when you like"
)


def take_over(results: Path) -> str | None:
    """Turn tables of hashes of covers into `SHA256SUMS`; return one line on what the run makes anew, None if nothing.

    Tables of shards and features go, as their rules make `SHA256SUMS` of them. A table of the user's stays.
    """
    former = False
    for path in [path for pattern in FOLDERS for path in results.glob(f"{pattern}/{FORMER}")]:
        try:
            if path.is_relative_to(results / "covers"):
                digests = {row["cover"]: row["sha256"] for row in tsv.read(path, ("cover", "sha256"))}
                checksums.write_digests(path.parent, digests)
            else:
                tsv.read(path, ("sha256",))
        except DataError:
            continue
        path.unlink()
        former = True
    return LINE if former else None


def keep_finished(workflow: Any) -> None:  # noqa: ANN401 Snakemake's own, whose settings are read after the rules
    """Let newer inputs and other parameters make a job run again, but not a newer script or another list of inputs.

    Versions of methods are parameters. So an update of this project trains no network again that took days. What the
    user asks for by `--rerun-triggers` stands.
    """

    class KeepingFinished(type(workflow)):  # type: ignore[misc]
        @property
        def rerun_triggers(self) -> frozenset[RerunTrigger]:
            chosen = super().rerun_triggers
            kept = frozenset({RerunTrigger.MTIME, RerunTrigger.PARAMS, RerunTrigger.SOFTWARE_ENV})
            return kept if set(chosen) == set(RerunTrigger.all()) else chosen

    workflow.__class__ = KeepingFinished
