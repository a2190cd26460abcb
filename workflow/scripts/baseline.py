"""Measure SPAM features with a linear discriminant on one stego set."""

from workflow.job import job

with job(snakemake) as log:
    from models import baseline, metrics

    given = snakemake.input
    found = baseline.measure(
        train_shards=given.train, val_shards=given.val, test_shards=given.test, scores_path=snakemake.output.scores
    )
    metrics.write(snakemake.output.metrics, found)
    log(metrics.in_words(found))
