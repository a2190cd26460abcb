"""Train one network with one head on one stego set."""

from workflow.job import job

with job(snakemake) as say:
    from models import training
    from models.recipe import Recipe

    recipe = Recipe(**snakemake.params.recipe)
    training.configure(recipe.threads)
    training.train(
        snakemake.wildcards.network,
        snakemake.wildcards.head,
        recipe,
        train_shards=snakemake.input.train,
        val_shards=snakemake.input.val,
        seed=int(snakemake.wildcards.seed),
        weights_path=snakemake.output.weights,
        history_path=snakemake.output.history,
        say=say,
    )
