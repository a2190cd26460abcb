"""Score the test split of one training."""

import json

from stegdata.files import atomic_write
from workflow.job import job

with job(snakemake) as say:
    from models import evaluation, history, training
    from models.recipe import Recipe

    recipe = Recipe(**snakemake.params.recipe)
    training.configure(recipe.threads)
    wildcards = dict(snakemake.wildcards.items())
    metrics = evaluation.evaluate(
        wildcards["network"],
        wildcards["head"],
        recipe,
        weights_path=snakemake.input.weights,
        test_shards=snakemake.input.test,
        scores_path=snakemake.output.scores,
    )
    chosen = history.best(history.read_history(snakemake.input.history))
    metrics |= {
        "best_epoch": chosen.epoch,
        "train_accuracy": chosen.train_accuracy,
        "val_accuracy": chosen.val_accuracy,
    }
    with atomic_write(snakemake.output.metrics) as temporary:
        temporary.write_text(json.dumps(wildcards | metrics, indent=2, sort_keys=True) + "\n")
    say(f"accuracy {metrics['accuracy']:.3f} ({metrics['accuracy_low']:.3f} to {metrics['accuracy_high']:.3f})")
