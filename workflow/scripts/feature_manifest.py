"""Hash files of features."""

from pathlib import Path

from stegdata import checksums
from workflow.job import job

with job(snakemake) as log:
    checksums.write(Path(snakemake.output[0]).parent, snakemake.input)
    log(f"{len(snakemake.input)} files")
