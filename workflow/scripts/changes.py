"""Keep the change probabilities of one shard's covers."""

from functools import partial

import embedders
from stegdata import changes
from workflow.job import job

with job(snakemake) as say:
    name, payload = snakemake.wildcards.embedder, float(snakemake.wildcards.payload)
    pattern = "*.pgm" if embedders.EMBEDDERS[name].domain == "spatial" else "*.jpg"
    probabilities = partial(embedders.change_probabilities, name, payload=payload)
    covers = changes.build(snakemake.output[0], snakemake.input[0], probabilities, pattern=pattern)
    say(f"change probabilities of {covers} covers")
