"""Hash the shards of a stego set."""

from stegdata import shards
from workflow.job import job

with job(snakemake) as say:
    shards.write_manifest(snakemake.output[0], snakemake.input)
    say(f"{len(snakemake.input)} shards")
