"""Take the features of the covers of one part, or of the stegos of a shard."""

from models.features import jobs
from stegdata.names import COVERS, StegoSet
from workflow.job import job

with job(snakemake) as log:
    wildcards, inputs = snakemake.wildcards, snakemake.input
    path, feature_set = snakemake.output[0], wildcards.features
    if wildcards.stego_set.partition("-")[0] == COVERS:
        log(jobs.of_covers(path, feature_set, inputs.covers))
    else:
        stego_set = StegoSet.named(wildcards.source, wildcards.stego_set)
        folder = next(iter(inputs.get("covers", [])), None)  # none of pixels and of precomputed pairs
        log(jobs.of_stegos(path, feature_set, inputs.shard, folder, stego_set))
