"""Fit the classifier of one feature detector."""

from pathlib import Path

from stegdata import duplicates, splits
from stegdata.names import TrainedDetector
from workflow.job import job

with job(snakemake) as log:
    from models import feature_detector
    from models.detector import Split

    inputs = snakemake.input
    train = Split(
        inputs.shards,
        inputs.stego_features,
        inputs.get("cover_features", []),
        excluded=duplicates.left_out(inputs.get("excluded", [])),
    )
    detector = TrainedDetector.parse(snakemake.wildcards.detector)
    log(
        feature_detector.fit(
            detector.name, Path(snakemake.output.model).parent, train, splits.groups_of(inputs.splits), detector.seed
        )
    )
