"""Compress the covers of one part."""

from stegdata import covers
from workflow.job import job

with job(snakemake) as log:
    covers.encode(snakemake.output[0], snakemake.input.covers, int(snakemake.wildcards.quality))
    log("compressed")
