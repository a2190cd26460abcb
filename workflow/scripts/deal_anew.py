"""Fit and score a feature detector on many splits of the same covers."""

from pathlib import Path

from stegdata import splits
from workflow.job import job, split_of

with job(snakemake) as log:
    from models import many_splits

    inputs, number = snakemake.input, int(snakemake.wildcards.number)
    shares = splits.shares_of(inputs.splits)
    rows = many_splits.measure(Path(inputs.model).parent, split_of(inputs), shares, number)
    many_splits.write(snakemake.output[0], rows)
    log(many_splits.in_words(rows))
