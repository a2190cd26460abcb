"""Embed the covers of one shard."""

from importlib.metadata import version

import embedders
from stegdata import shards
from workflow.job import job

with job(snakemake) as say:
    wildcards, seed = snakemake.wildcards, snakemake.params.seed
    name, payload = wildcards.embedder, float(wildcards.payload)
    embedder = embedders.EMBEDDERS[name]
    if wildcards.unit != embedder.unit:
        raise embedders.EmbedderError(
            f"{name}: expected a payload in {embedder.unit}, got {wildcards.unit}: mend the path"
        )

    def embed(cover_name, cover):  # noqa: ANN001, ANN201 as stegdata.shards.build describes it
        """Embed one cover with its own seed."""
        stego_seed = embedders.simulate.stego_seed(seed, name, embedder.version, payload, cover_name)
        embedding = embedders.embed(name, cover, payload=payload, seed=stego_seed)
        return embedding.stego, embedding.change_rate, embedding.entropy_bits

    attributes = {
        "source": wildcards.source,
        "embedder": name,
        "version": embedder.version,
        "payload": payload,
        "unit": wildcards.unit,
        "split": wildcards.split,
        "seed": seed,
        "resize": snakemake.params.source["resize"],
        "citation": embedder.citation,
    }
    attributes |= {f"{package}_version": version(package) for package in ("numpy", "numba", "pillow", "h5py")}
    shards.build(snakemake.output[0], snakemake.input[0], embed, attributes)
    shard = shards.read(snakemake.output[0])
    say(f"{len(shard.names)} pairs, mean change rate {shard.change_rate.mean():.4f}")
