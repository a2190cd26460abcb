"""Fit the classifier of one feature detector."""

from pathlib import Path

from stegdata import duplicates, splits
from workflow.job import job

with job(snakemake) as log:
    from models import feature_detector
    from models.feature_detector import Data

    given, wildcards = snakemake.input, snakemake.wildcards
    groups = {
        (source, row.cover): row.group
        for source, path in zip(snakemake.params.sources, given.splits, strict=True)
        for row in splits.read(path)
    }
    without = duplicates.left_out(given.torn)
    log(
        feature_detector.fit(
            wildcards.detector,
            Path(snakemake.output.model).parent,
            Data(given.train, given.train_stegos, given.train_covers, without),
            Data(given.val, given.val_stegos, given.val_covers, without),
            groups,
            int(wildcards.seed),
        )
    )
