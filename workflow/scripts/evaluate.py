"""Score the test split of a stego set, its own or another one, with one trained network."""

from pathlib import Path

from stegdata import duplicates
from workflow.job import job

with job(snakemake) as log:
    from models import detector, devices, history, metrics
    from models.recipe import Recipe

    recipe, folder = Recipe(**snakemake.params.recipe), Path(snakemake.input.weights).parent
    devices.configure(recipe.threads)
    found = detector.evaluate(
        folder,
        recipe,
        test_shards=snakemake.input.test,
        scores_path=snakemake.output.scores,
        without=duplicates.left_out(snakemake.input.get("torn", [])),
    )
    chosen = history.best(history.read(snakemake.input.history))
    found |= {
        "best_epoch": chosen.epoch,
        "train_accuracy": chosen.train_accuracy,
        "val_accuracy": chosen.val_accuracy,
    }
    metrics.write(snakemake.output.metrics, found)
    log(metrics.in_words(found))
