"""Fit and score a feature detector on many splits of the same covers."""

from pathlib import Path

from stegdata import duplicates, splits
from workflow.job import job

with job(snakemake) as log:
    from models import many_splits
    from models.detector import Split

    inputs = snakemake.input
    pairs = Split(
        inputs.shards,
        inputs.stego_features,
        inputs.get("cover_features", []),
        excluded=duplicates.left_out(inputs.get("excluded", [])),
        groups=splits.groups_of(inputs.splits),
    )
    shares, folder = splits.shares_of(inputs.splits), Path(inputs.model).parent
    rows = many_splits.measure(folder, pairs, shares, int(snakemake.wildcards.number))
    many_splits.write(snakemake.output[0], rows)
    log(many_splits.in_words(rows))
