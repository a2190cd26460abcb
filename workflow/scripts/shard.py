"""Embed the pixels of one shard's covers."""

from stegdata import pairs, shards
from workflow.embedding import embedder_of, provenance
from workflow.job import job

with job(snakemake) as say:
    wildcards, params = snakemake.wildcards, snakemake.params
    name, payload = wildcards.embedder, float(wildcards.payload)
    embedder = embedder_of(name, payload, params.seed, wildcards.source)

    def embed(cover_name, cover):  # noqa: ANN001, ANN201 stegdata.pairs.EmbedPixels
        """Embed one cover."""
        made = embedder(cover_name, cover)
        return made.stego, made.change_rate, made.entropy_bits

    source = {"source": wildcards.source, "resize": params.source["resize"]}
    attributes = provenance(name, payload=payload, split=wildcards.split, seed=params.seed, **source)
    folder = snakemake.input[0]
    shards.build(
        snakemake.output[0], pairs.from_pgm(folder, embed), attributes, total=len(pairs.files(folder, "*.pgm"))
    )
    shard = shards.read(snakemake.output[0])
    say(f"{len(shard.names)} pairs, mean change rate {shard.change_rate.mean():.4f}")
