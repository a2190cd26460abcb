"""Hash the shards of a stego set, list its pairs."""

from stegdata import shards
from workflow.job import job

with job(snakemake) as say:
    shards.write_manifest(snakemake.output.manifest, snakemake.input)
    shards.write_pairs(snakemake.output.pairs, snakemake.input)
    say(f"{len(snakemake.input)} shards")
