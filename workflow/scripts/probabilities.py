"""Keep the change probabilities of the covers of one part."""

from embedders import own
from stegdata import probabilities
from stegdata.names import StegoSet
from workflow.job import job

with job(snakemake) as log:
    own.register(snakemake.config.get("embedders") or {})
    stego_set = StegoSet.named(snakemake.wildcards.source, snakemake.wildcards.stego_set)
    left_out = snakemake.params.left_out
    count = probabilities.build(snakemake.output[0], snakemake.input.covers, stego_set, left_out=left_out)
    log(f"change probabilities of {count} covers")
