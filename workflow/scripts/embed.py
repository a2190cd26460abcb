"""Embed the covers of one part of a stego set."""

from embedders import own
from stegdata import embedding
from stegdata.names import StegoSet
from workflow.job import job

with job(snakemake) as log:
    own.register(snakemake.config.get("embedders") or {})
    wildcards, params = snakemake.wildcards, snakemake.params
    log(
        embedding.shard(
            snakemake.output[0],
            snakemake.input.covers,
            StegoSet.named(wildcards.source, wildcards.stego_set),
            seed=params.seed,
            left_out=params.left_out,
            keep_coefficients=params.source["keep"] == "coefficients",
            described={"split": wildcards.split, "resize": params.source["resize"]},
        )
    )
