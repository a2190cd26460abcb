"""Train one network with one head on one stego set."""

import signal
from pathlib import Path

from embedders import dct
from workflow.job import job
from workflow.staging import staged

with job(snakemake) as say, staged(snakemake.input, snakemake.resources.get("stage")) as files:
    from models import devices, training
    from models.recipe import Recipe

    # a cluster that takes the node back sends SIGTERM first, Ctrl-C is SIGINT: save, then end
    signals = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: signals.append(number))
    recipe = Recipe(**snakemake.params.recipe)
    devices.configure(recipe.threads)
    wildcards, start = snakemake.wildcards, files.get("start")
    data = training.Data(
        files["train"],
        files["val"],
        changes=files["changes"],
        decode=dct.decode,
        start=Path(start[0]).parent if start else None,
    )
    training.train(
        wildcards.network,
        wildcards.head,
        recipe,
        data,
        seed=int(wildcards.seed),
        folder=Path(snakemake.output.weights).parent,
        say=say,
        stopped=lambda: bool(signals),
    )
