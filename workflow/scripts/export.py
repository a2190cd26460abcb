"""Write the stegos of a stego set as image files."""

from stegdata import export
from workflow.job import job

with job(snakemake) as log:
    written = export.stegos(snakemake.output[0], snakemake.input.shards, snakemake.input.get("covers", []))
    log(f"{written} stegos")
