"""Resize the covers of one part."""

from stegdata import covers, sources, splits
from stegdata.names import Part
from workflow.job import job, place_of

with job(snakemake) as log:
    source, wildcards = snakemake.params.source, snakemake.wildcards
    names = splits.covers_of(snakemake.input.split, Part(wildcards.split, int(wildcards.shard)))
    covers.make(
        snakemake.output[0],
        sources.opened(source["kind"], place_of(snakemake), size=source["size"]),
        names,
        size=source["size"],
        resize=source["resize"],
        tiles=source["tiles"],
    )
    log(f"{len(names)} covers")
