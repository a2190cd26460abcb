"""Train one network with one head on one stego set."""

import signal
from pathlib import Path

from stegdata import duplicates
from stegdata.names import TrainedDetector
from workflow import plain_matplotlib
from workflow.job import job

with job(snakemake) as log:
    plain_matplotlib.load()
    from models import devices, training
    from models.recipe import Recipe

    # a cluster that takes the node back sends SIGTERM first, Ctrl-C is SIGINT: save, then end
    signals = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: signals.append(number))
    inputs, recipe = snakemake.input, Recipe(**snakemake.params.recipe)
    devices.configure(recipe.threads)
    start = inputs.get("warm_start")
    data = training.Data(
        inputs.train,
        inputs.val,
        probabilities=inputs.get("probabilities", []),
        warm_start=Path(start[0]).parent if start else None,
        excluded=duplicates.left_out(inputs.get("excluded", [])),
    )
    detector = TrainedDetector.parse(snakemake.wildcards.detector)
    training.train(
        detector.model,
        detector.head,
        recipe,
        data,
        seed=detector.seed,
        folder=Path(snakemake.output.weights).parent,
        log=log,
        stopped=lambda: bool(signals),
    )
