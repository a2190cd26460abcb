"""Fit the classifier of one feature detector."""

from pathlib import Path

from stegdata.names import TrainedDetector
from workflow.job import job, split_of

with job(snakemake) as log:
    from models import feature_detector

    detector, folder = TrainedDetector.parse(snakemake.wildcards.detector), Path(snakemake.output.model).parent
    log(feature_detector.fit(detector.name, folder, split_of(snakemake.input), detector.seed))
