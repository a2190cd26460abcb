"""Embed one shard's covers at several payloads, costs computed once a cover."""

from tqdm import tqdm

import embedders
from stegdata import pairs, shards
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
    made = list(tqdm(found, desc=wildcards.shard, total=len(covers), unit="cover", mininterval=1))
    described = {} if quality is None else {"quality": quality}
    described |= {"split": wildcards.split, "seed": params.seed, "source": wildcards.source}
    described |= {"resize": params.source["resize"]}
    for number, (path, payload) in enumerate(zip(snakemake.output, payloads, strict=True)):
        of_payload = (several[number] for several in made)
        shards.build(path, of_payload, provenance(name, payload=payload, **described), total=len(made))
    say(f"{len(made)} pairs at each of {', '.join(map(str, payloads))} {embedders.EMBEDDERS[name].unit}")
