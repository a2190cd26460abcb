"""Write the stegos of a stego set as PGM files."""

from stegdata import shards
from workflow.job import job

with job(snakemake) as say:
    shards.export(snakemake.output[0], snakemake.input)
    say(f"stegos of {len(snakemake.input)} shards")
