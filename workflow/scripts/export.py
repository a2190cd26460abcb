"""Write the stegos of a stego set as image files."""

from stegdata import export
from stegdata.files import atomic_folder
from workflow.job import job

with job(snakemake) as log:
    with atomic_folder(snakemake.output[0], replace=True) as folder:
        written = export.stegos(folder, snakemake.input.shards, snakemake.input.get("covers", []))
    log(f"{written} stegos")
