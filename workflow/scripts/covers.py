"""Resize the covers of one shard."""

from stegdata import covers, splits
from workflow.job import job

with job(snakemake) as say:
    source, wildcards = snakemake.params.source, snakemake.wildcards
    names = [
        row.cover
        for row in splits.read(snakemake.input.split)
        if row.split == wildcards.split and row.shard == int(wildcards.shard)
    ]
    covers.make(
        snakemake.output[0],
        names,
        kind=source["kind"],
        path=snakemake.input.get("archive") or None,
        size=source["size"],
        resize=source["resize"],
    )
    say(f"{len(names)} covers")
