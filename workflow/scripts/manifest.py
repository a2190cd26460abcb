"""List the pairs of a stego set, hash its shards."""

from pathlib import Path

from stegdata import manifest
from workflow.job import job

with job(snakemake) as log:
    manifest.write(Path(snakemake.output.sums).parent, snakemake.input)
    log(f"{len(snakemake.input)} shards")
