"""Take the features of the covers of one part, or of the stegos of a shard."""

from stegdata.names import COVERS, StegoSet
from workflow import features
from workflow.job import job

with job(snakemake) as log:
    wildcards, given = snakemake.wildcards, snakemake.input
    path, feature_set = snakemake.output[0], wildcards.features
    if wildcards.stego_set.partition("-")[0] == COVERS:
        log(features.of_covers(path, feature_set, given.covers))
    else:
        stego_set = StegoSet.named(wildcards.source, wildcards.stego_set)
        log(features.of_stegos(path, feature_set, given.shard, given.get("covers"), stego_set))
