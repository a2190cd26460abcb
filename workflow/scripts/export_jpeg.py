"""Write the stegos of a JPEG stego set as JPEG files, each held to the pixels in its shard."""

from pathlib import Path

from stegdata import export, shards
from stegdata.files import atomic_folder
from workflow.embedding import jpeg_embedder_of
from workflow.job import job

with job(snakemake) as say:
    wildcards = snakemake.wildcards
    origin = f"{wildcards.source}/q{wildcards.quality}"
    embed = jpeg_embedder_of(wildcards.embedder, float(wildcards.payload), snakemake.params.seed, origin)
    written = 0
    with atomic_folder(snakemake.output[0]) as target:
        for folder, path in zip(snakemake.input.covers, snakemake.input.shards, strict=True):
            shard = shards.read(path)
            expected = dict(zip(shard.names, shard.stego, strict=True))
            written += export.jpeg_stegos(target / shard.attributes["split"], Path(folder), embed, expected)
    say(f"{written} stegos")
