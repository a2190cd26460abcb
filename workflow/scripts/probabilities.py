"""Keep the change probabilities of the covers of one part."""

from functools import partial

import embedders
from stegdata import covers, probabilities
from stegdata.names import StegoSet
from workflow import own
from workflow.job import job

with job(snakemake) as log:
    own.register(snakemake.config.get("embedders") or {})
    stego_set = StegoSet.named(snakemake.wildcards.source, snakemake.wildcards.stego_set)
    solve = partial(embedders.change_probabilities, stego_set.embedder, payload=stego_set.payload)
    build = partial(probabilities.build, snakemake.output[0], snakemake.input[0], solve)
    log(f"change probabilities of {covers.leaving_out(snakemake.params.left_out, build)} covers")
