"""List the pairs of a stego set, hash its shards."""

from pathlib import Path

from stegdata import leftovers, manifest
from workflow.job import job

with job(snakemake) as log:
    folder = Path(snakemake.output.sums).parent
    manifest.write(folder, snakemake.input)
    for name in leftovers.take_away(folder, (Path(path).stem for path in snakemake.input)):
        log(f"{name} of an earlier split taken away")
    log(f"{len(snakemake.input)} shards")
