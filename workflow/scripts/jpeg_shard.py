"""Embed the coefficients of one shard's covers."""

from stegdata import pairs, shards
from workflow.embedding import jpeg_embedder_of, provenance
from workflow.job import job

with job(snakemake) as say:
    wildcards, params, folder = snakemake.wildcards, snakemake.params, snakemake.input[0]
    name, payload = wildcards.embedder, float(wildcards.payload)
    attributes = provenance(
        name,
        payload=payload,
        quality=int(wildcards.quality),
        split=wildcards.split,
        seed=params.seed,
        source=wildcards.source,
        resize=params.source["resize"],
    )
    keep = params.source["keep"] == "coefficients"
    embed = jpeg_embedder_of(name, payload, params.seed, f"{wildcards.source}/q{wildcards.quality}")
    found = pairs.from_jpeg(folder, embed, keep_coefficients=keep)
    shards.build(snakemake.output[0], found, attributes, total=len(pairs.files(folder, "*.jpg")))
    shard = shards.read(snakemake.output[0])
    say(f"{len(shard.names)} pairs, mean change rate {shard.change_rate.mean():.4f}")
