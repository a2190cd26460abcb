"""Score the test split of one training."""

from pathlib import Path

from workflow.job import job

with job(snakemake) as say:
    from models import devices, evaluation, history
    from models.recipe import Recipe

    recipe = Recipe(**snakemake.params.recipe)
    devices.configure(recipe.threads)
    metrics = evaluation.evaluate(
        Path(snakemake.input.weights).parent,
        recipe,
        test_shards=snakemake.input.test,
        scores_path=snakemake.output.scores,
    )
    chosen = history.best(history.read_history(snakemake.input.history))
    metrics |= {
        "best_epoch": chosen.epoch,
        "train_accuracy": chosen.train_accuracy,
        "val_accuracy": chosen.val_accuracy,
    }
    evaluation.write_metrics(snakemake.output.metrics, dict(snakemake.wildcards.items()) | metrics)
    say(evaluation.in_words(metrics))
