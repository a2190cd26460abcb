"""Measure SPAM features with a linear discriminant on one stego set."""

from workflow.job import job

with job(snakemake) as say:
    from models import evaluation, yardstick

    metrics = yardstick.measure(
        train_shards=snakemake.input.train,
        val_shards=snakemake.input.val,
        test_shards=snakemake.input.test,
        scores_path=snakemake.output.scores,
    )
    which = {"network": "spam", "head": "lda", "recipe": "yardstick", "seed": "0"}
    evaluation.write_metrics(snakemake.output.metrics, dict(snakemake.wildcards.items()) | which | metrics)
    say(evaluation.in_words(metrics))
