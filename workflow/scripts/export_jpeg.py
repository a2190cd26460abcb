"""Write the stegos of a JPEG stego set as JPEG files, each held to the pixels in its shard."""

from pathlib import Path

from stegdata import covers, shards
from workflow.embedding import jpeg_embedder_of
from workflow.job import job

with job(snakemake) as say:
    wildcards = snakemake.wildcards
    origin = f"{wildcards.source}/q{wildcards.quality}"
    embed = jpeg_embedder_of(wildcards.embedder, float(wildcards.payload), snakemake.params.seed, origin)
    written = 0
    for folder, path in zip(snakemake.input.covers, snakemake.input.shards, strict=True):
        shard = shards.read(path)
        target = Path(snakemake.output[0]) / shard.attributes["split"]
        written += covers.export_jpeg(target, Path(folder), embed, dict(zip(shard.names, shard.stego, strict=True)))
    say(f"{written} stegos")
