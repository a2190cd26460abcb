"""Write the stegos of a stego set as PGM files."""

from stegdata import export
from stegdata.files import atomic_folder
from workflow.job import job

with job(snakemake) as say:
    with atomic_folder(snakemake.output[0]) as folder:
        export.stegos(folder, snakemake.input)
    say(f"stegos of {len(snakemake.input)} shards")
