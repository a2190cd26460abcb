"""Resize the covers of one shard."""

from stegdata import covers, sources, splits
from stegdata.names import Part
from workflow.job import job, place_of

with job(snakemake) as log:
    facts, wildcards = snakemake.params.source, snakemake.wildcards
    names = splits.covers_of(snakemake.input.split, Part(wildcards.split, int(wildcards.shard)))
    covers.make(
        snakemake.output[0],
        sources.opened(
            facts["kind"],
            place_of(snakemake),
            size=facts["size"],
            unpack_to=sources.UNPACKED / wildcards.source,
        ),
        names,
        size=facts["size"],
        resize=facts["resize"],
        tiles=facts["tiles"],
    )
    log(f"{len(names)} covers")
