"""Score the test split of another stego set than a detector was trained on."""

from pathlib import Path

from workflow.job import job

with job(snakemake) as say:
    from models import devices, evaluation
    from models.recipe import Recipe

    recipe, wildcards = Recipe(**snakemake.params.recipe), snakemake.wildcards
    devices.configure(recipe.threads)
    metrics = evaluation.evaluate(
        Path(snakemake.input.weights).parent,
        recipe,
        test_shards=snakemake.input.test,
        scores_path=snakemake.output.scores,
    )
    where = {
        "trained_on": f"{wildcards.union}/{wildcards.stego_set}",
        "tested_on": f"{wildcards.other}/{wildcards.other_set}",
    }
    evaluation.write_metrics(snakemake.output.metrics, dict(wildcards.items()) | where | metrics)
    say(evaluation.in_words(metrics))
