"""Read the precomputed pairs of one part of a stego set."""

import embedders
from stegdata import shards, splits
from stegdata.embedding import provenance
from stegdata.names import PRECOMPUTED, Part, StegoSet
from stegdata.sources import KINDS, alaska2
from stegdata.sources import opened as open_source
from workflow.job import job, place_of

with job(snakemake) as log:
    wildcards, source = snakemake.wildcards, snakemake.params.source
    embedder = StegoSet.named(wildcards.source, wildcards.stego_set).embedder
    names = splits.covers_of(snakemake.input.split, Part(wildcards.split, int(wildcards.shard)))
    dropped = []

    def estimate(plane, table, changes):  # noqa: ANN001, ANN201 stegdata.sources.alaska2.Estimate
        """Bits that the embedder would have needed so many changes for."""
        return embedders.estimate_bits(embedder, plane, table, changes=changes)

    found = open_source(source["kind"], place_of(snakemake)).pairs(
        embedder,
        names,
        size=source["size"],
        resize=source["resize"],
        estimate=estimate,
        dropped=dropped,
        keep_coefficients=source["keep"] == "coefficients",
    )
    pairs = list(found)
    attributes = provenance(
        embedder,
        payload=PRECOMPUTED,
        split=wildcards.split,
        source=wildcards.source,
        resize=source["resize"],
        data_citation=KINDS[source["kind"]].citation,
        **alaska2.describe(dropped),
    )
    shards.build(snakemake.output[0], pairs, attributes)
    rate = sum(pair.change_rate for pair in pairs) / len(pairs)
    payload = sum(pair.entropy_bits / pair.elements for pair in pairs) / len(pairs)
    log(
        f"{len(names)} covers, {len(dropped)} dropped as their stego equals them ({', '.join(dropped[:5]) or 'none'}); "
        f"mean change rate {rate:.4f}, estimated payload {payload:.3f} bpnzAC of the luminance"
    )
