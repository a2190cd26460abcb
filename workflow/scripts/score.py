"""Score the test split of a stego set, its own or another one, with one feature detector."""

from pathlib import Path

from stegdata import duplicates
from workflow.job import job

with job(snakemake) as log:
    from models import feature_detector, metrics

    given, out = snakemake.input, snakemake.output
    without = duplicates.left_out(given.get("torn", []))
    test = feature_detector.Data(given.test, given.test_stegos, given.test_covers, without)
    found = feature_detector.evaluate(Path(given.model).parent, test, out.scores)
    metrics.write(out.metrics, found)
    log(metrics.in_words(found))
