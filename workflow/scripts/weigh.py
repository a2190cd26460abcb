"""Choose the weight of the mean of a network's scores and a feature detector's."""

from pathlib import Path

from stegdata import duplicates
from workflow.job import job

with job(snakemake) as log:
    from models import devices, mean
    from models.feature_detector import Data
    from models.recipe import Recipe

    given, recipe = snakemake.input, Recipe(**snakemake.params.recipe)
    devices.configure(recipe.threads)
    network, features = (Path(files[0]).parent for files in (given.network, given.features))
    val = Data(given.val, given.val_stegos, given.val_covers, duplicates.left_out(given.torn))
    chosen = mean.fit(Path(snakemake.output[0]).parent, network, features, recipe, val)
    log(f"weight of the network {chosen['weight']:g}")
