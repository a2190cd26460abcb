"""List the covers that are left out, so that no picture is both learned from and tested on."""

from stegdata import duplicates, exclusions, splits
from stegdata.duplicates import SplitAssignment
from stegdata.names import PLUS
from workflow.job import job

with job(snakemake) as log:
    inputs, tested = snakemake.input, snakemake.wildcards.get("tested_source")
    assignments = {
        source: SplitAssignment(splits.read(split), duplicates.read(pixels))
        for source, split, pixels in zip(snakemake.params.sources, inputs.splits, inputs.pixels, strict=True)
    }
    trained, tested = (
        names and {source: assignments[source] for source in names.split(PLUS)}
        for names in (snakemake.wildcards.source, tested)
    )
    conflicts = duplicates.split_conflicts(trained, tested)
    exclusions.write(snakemake.output[0], conflicts)
    for line in exclusions.summary(conflicts) or ["no picture is in two splits"]:
        log(line)
