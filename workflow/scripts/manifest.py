"""Hash the shards or features of a stego set, list the pairs of shards, and take away what an earlier split left."""

from pathlib import Path

from stegdata import checksums, leftovers, manifest
from workflow.job import job

with job(snakemake) as log:
    folder, files = Path(snakemake.output.sums).parent, list(map(Path, snakemake.input))
    (manifest if snakemake.output.get("pairs") else checksums).write(folder, files)
    for name in leftovers.take_away(folder, (file.stem for file in files)):
        log(f"{name} of an earlier split taken away")
    log(f"{len(files)} files")
