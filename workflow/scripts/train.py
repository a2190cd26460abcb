"""Train one network with one head on one stego set."""

import signal
from pathlib import Path

from embedders import dct
from stegdata import duplicates
from workflow.job import job

with job(snakemake) as log:
    from models import devices, training
    from models.recipe import Recipe

    # a cluster that takes the node back sends SIGTERM first, Ctrl-C is SIGINT: save, then end
    signals = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: signals.append(number))
    recipe = Recipe(**snakemake.params.recipe)
    devices.configure(recipe.threads)
    start = snakemake.input.warm_start
    data = training.Data(
        snakemake.input.train,
        snakemake.input.val,
        probabilities=snakemake.input.probabilities,
        decode=dct.decode,
        warm_start=Path(start[0]).parent if start else None,
        without=duplicates.left_out(snakemake.input.torn),
    )
    network, _, head = snakemake.wildcards.detector.rpartition("-")
    training.train(
        network,
        head,
        recipe,
        data,
        seed=int(snakemake.wildcards.seed),
        folder=Path(snakemake.output.weights).parent,
        log=log,
        stopped=lambda: bool(signals),
    )
