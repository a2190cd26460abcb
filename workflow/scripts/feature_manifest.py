"""Hash files of features."""

from pathlib import Path

from stegdata import checksums, leftovers
from workflow.job import job

with job(snakemake) as log:
    folder = Path(snakemake.output[0]).parent
    checksums.write(folder, snakemake.input)
    for name in leftovers.take_away(folder, (Path(path).stem for path in snakemake.input)):
        log(f"{name} of an earlier split taken away")
    log(f"{len(snakemake.input)} files")
