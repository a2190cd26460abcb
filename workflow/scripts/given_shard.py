"""Read the ready-made pairs of one shard."""

from functools import partial

import embedders
from stegdata import alaska2, databases, kaggle, shards, splits
from workflow.embedding import provenance
from workflow.job import job

with job(snakemake) as say:
    wildcards, source = snakemake.wildcards, snakemake.params.source
    names = splits.covers_of(snakemake.input.split, wildcards.split, int(wildcards.shard))
    dropped = []

    def estimate(coefficients, table, changes):  # noqa: ANN001, ANN201 stegdata.alaska2.Estimate
        """Bits that the embedder would have needed so many changes for."""
        return embedders.estimate_bits(wildcards.embedder, coefficients, table, changes=changes)

    archive = kaggle.located(snakemake.input.archive)
    found = partial(alaska2.pairs, archive, wildcards.embedder, names, estimate=estimate)
    keep = source["keep"] == "coefficients"
    pairs = list(found(size=source["size"], resize=source["resize"], dropped=dropped, keep_coefficients=keep))
    attributes = provenance(
        wildcards.embedder,
        payload="given",
        split=wildcards.split,
        source=wildcards.source,
        resize=source["resize"],
        data_citation=databases.DATABASES["alaska2"].citation,
        **alaska2.describe(dropped),
    )
    shards.build(snakemake.output[0], pairs, attributes)
    shard = shards.read(snakemake.output[0])
    likely = (shard.entropy_bits / shard.elements).mean()
    say(
        f"{len(names)} covers, {len(dropped)} dropped as their stego equals them ({', '.join(dropped[:5]) or 'none'}); "
        f"mean change rate {shard.change_rate.mean():.4f}, estimated payload {likely:.3f} bpnzAC of the luminance"
    )
