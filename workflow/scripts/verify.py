"""Hash every cover, shard and file of features, and report those that are not as they were made."""

from pathlib import Path

from stegdata import DataError, verify
from workflow.job import job

with job(snakemake) as log:
    checked, findings, deleted = verify.verify(Path("results"), snakemake.config["sources"])
    for finding in findings:
        log(str(finding))
    if findings:
        counts = [
            f"{sum(finding.status == status for finding in findings)} {status}"
            for status in ("missing", "changed", "extra")
        ]
        raise DataError(
            f"results: expected {checked} files that match their SHA256SUMS, got {', '.join(counts)}: delete what is "
            "changed or extra, and run again what you ran"
        )
    for folder in deleted:
        log(f"deleted {folder}: as covers may be that shards hold")
    log(f"{checked} files match their SHA256SUMS")
