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
    trained = {source: dealt[source] for source in snakemake.wildcards.source.split(PLUS)}
    tested = snakemake.wildcards.get("tested_source")
    found = duplicates.torn(
        trained, None if tested is None else {source: dealt[source] for source in tested.split(PLUS)}
    )
    exclusions.write(snakemake.output[0], found)
    for line in exclusions.summary(found) or ["no picture is in two splits"]:
        log(line)
