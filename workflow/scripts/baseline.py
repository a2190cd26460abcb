"""Measure SPAM features with a linear discriminant on one stego set."""

from workflow.job import job

with job(snakemake) as log:
    from models import baseline, metrics

    given = snakemake.input
    found = baseline.measure(given.train, given.val, given.test, scores_path=snakemake.output.scores)
    metrics.write(snakemake.output.metrics, found)
    log(metrics.in_words(found))
