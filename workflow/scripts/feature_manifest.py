"""Hash files of features."""

from stegdata import checksums
from workflow.job import job

with job(snakemake) as log:
    checksums.write_of(snakemake.output[0], snakemake.input)
    log(f"{len(snakemake.input)} files")
