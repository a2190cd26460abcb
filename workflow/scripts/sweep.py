"""Embed one shard's covers at several payloads, costs computed once a cover."""

from contextlib import ExitStack

import embedders
from stegdata import pairs, progress, shards
from workflow.embedding import provenance, sweeper_of
from workflow.job import job

with job(snakemake) as say:
    wildcards, params, folder = snakemake.wildcards, snakemake.params, snakemake.input[0]
    name, payloads, quality = params.embedder, params.payloads, params.quality
    origin = wildcards.source if quality is None else f"{wildcards.source}/q{quality}"
    embed = sweeper_of(name, payloads, params.seed, origin)
    if quality is None:
        found, covers = pairs.several_from_pgm(folder, embed), pairs.files(folder, "*.pgm")
    else:
        keep = params.source["keep"] == "coefficients"
        found, covers = pairs.several_from_jpeg(folder, embed, keep_coefficients=keep), pairs.files(folder, "*.jpg")
    described = {} if quality is None else {"quality": quality}
    described |= {"split": wildcards.split, "seed": params.seed, "source": wildcards.source}
    described |= {"resize": params.source["resize"]}
    with ExitStack() as stack:
        adds = [
            stack.enter_context(shards.create(path, provenance(name, payload=payload, **described), len(covers)))
            for path, payload in zip(snakemake.output, payloads, strict=True)
        ]
        for several in progress.follow(found, wildcards.shard, len(covers), unit="cover"):
            for add, pair in zip(adds, several, strict=True):
                add(pair)
    say(f"{len(covers)} pairs at each of {', '.join(map(str, payloads))} {embedders.EMBEDDERS[name].unit}")
