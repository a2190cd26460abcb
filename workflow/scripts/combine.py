"""List the covers that are left out, so that no picture is both learned from and tested on."""

from stegdata import duplicates, exclusions, splits
from stegdata.duplicates import SplitAssignment
from stegdata.names import PLUS
from workflow.job import job

with job(snakemake) as log:
    inputs = snakemake.input
    assignments = {
        source: SplitAssignment(splits.read(split), duplicates.read(pixels))
        for source, split, pixels in zip(snakemake.params.sources, inputs.splits, inputs.pixels, strict=True)
    }
    trained, _, tested = snakemake.wildcards.combination.partition("/on/")
    conflicts = duplicates.split_conflicts(
        {source: assignments[source] for source in trained.split(PLUS)},
        {source: assignments[source] for source in tested.split(PLUS)} if tested else None,
    )
    exclusions.write(snakemake.output[0], conflicts)
    for line in exclusions.summary(conflicts) or ["no picture is in two splits"]:
        log(line)
