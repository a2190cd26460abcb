"""Hash the shards of a stego set, list its pairs."""

from stegdata import manifest
from workflow.job import job

with job(snakemake) as log:
    manifest.write(snakemake.output.manifest, snakemake.input)
    manifest.write_pairs(snakemake.output.pairs, snakemake.input)
    log(f"{len(snakemake.input)} shards")
