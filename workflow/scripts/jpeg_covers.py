"""Compress the covers of one shard."""

from stegdata import covers
from workflow.job import job

with job(snakemake) as say:
    covers.encode(snakemake.output[0], snakemake.input[0], int(snakemake.wildcards.quality))
    say("compressed")
