"""Hash every cover and shard there is, and tell which are not as their manifests say."""

from pathlib import Path

from stegdata import DataError, verify
from workflow.job import job

with job(snakemake) as log:
    checked, findings = verify.verify(Path("results"))
    for finding in findings:
        log(str(finding))
    if findings:
        counts = [f"{sum(f.what == what for f in findings)} {what}" for what in ("missing", "changed", "extra")]
        raise DataError(
            f"results: expected {checked} files as their manifests say, got {', '.join(counts)}: delete what is "
            "changed or extra, and run again what you ran"
        )
    log(f"{checked} covers and shards are as their manifests say")
