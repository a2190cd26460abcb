"""Read the precomputed pairs of one shard of a stego set."""

from stegdata import shards, sources, splits
from stegdata.embedding import provenance
from stegdata.names import PRECOMPUTED, Part, StegoSet
from stegdata.sources import alaska2
from workflow.job import job, place_of

with job(snakemake) as log:
    wildcards, facts = snakemake.wildcards, snakemake.params.source
    embedder = StegoSet.named(wildcards.source, wildcards.stego_set).embedder
    names = splits.covers_of(snakemake.input.split, Part(wildcards.split, int(wildcards.shard)))
    dropped = []
    source = sources.opened(facts["kind"], place_of(snakemake), unpack_to=sources.UNPACKED / wildcards.source)
    pairs = list(
        source.pairs(
            embedder,
            names,
            size=facts["size"],
            resize=facts["resize"],
            dropped=dropped,
            keep_coefficients=facts["keep"] == "coefficients",
        )
    )
    attributes = provenance(
        embedder,
        payload=PRECOMPUTED,
        split=wildcards.split,
        source=wildcards.source,
        resize=facts["resize"],
        data_citation=sources.KINDS[facts["kind"]].citation,
        **alaska2.describe(dropped),
    )
    shards.build(snakemake.output[0], pairs, attributes)
    rate = sum(pair.change_rate for pair in pairs) / len(pairs)
    payload = sum(pair.entropy_bits / pair.elements for pair in pairs) / len(pairs)
    log(
        f"{len(names)} covers, {len(dropped)} dropped as their stego equals them ({', '.join(dropped[:5]) or 'none'}); "
        f"mean change rate {rate:.4f}, estimated payload {payload:.3f} bpnzAC of the luminance"
    )
