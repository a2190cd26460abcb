"""Tell the covers that are left out, so that no picture is learnt from and tested on."""

from stegdata import duplicates, exclusions, splits
from stegdata.duplicates import Dealt
from stegdata.names import PLUS
from workflow.job import job

with job(snakemake) as log:
    given, names = snakemake.input, snakemake.params
    dealt = {
        source: Dealt(splits.read(split), duplicates.read(pixels))
        for source, split, pixels in zip(names.sources, given.splits, given.pixels, strict=True)
    }
    trained, _, tested = snakemake.wildcards.combination.partition("/on/")
    found = duplicates.torn(
        {source: dealt[source] for source in trained.split(PLUS)},
        {source: dealt[source] for source in tested.split(PLUS)} if tested else None,
    )
    exclusions.write(snakemake.output[0], found)
    for line in exclusions.summary(found) or ["no picture is in two splits"]:
        log(line)
