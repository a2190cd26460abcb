"""Resize the covers of one shard."""

from stegdata import covers, splits
from workflow.job import job

with job(snakemake) as say:
    source, wildcards = snakemake.params.source, snakemake.wildcards
    names = splits.covers_of(snakemake.input.split, wildcards.split, int(wildcards.shard))
    covers.make(
        snakemake.output[0],
        names,
        kind=source["kind"],
        path=snakemake.input.get("archive") or None,
        size=source["size"],
        resize=source["resize"],
        tiles=source.get("tiles", 1),
    )
    say(f"{len(names)} covers")
