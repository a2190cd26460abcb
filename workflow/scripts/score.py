"""Score a split of a stego set with one detector, and sum the scores up."""

from pathlib import Path

from workflow import plain_matplotlib
from workflow.job import job, split_of

with job(snakemake) as log:
    from models import detector, metrics

    inputs, outputs = snakemake.input, snakemake.output
    if inputs.get("weights"):
        plain_matplotlib.load()
        from models import devices

        devices.configure(snakemake.params.threads)
    split = split_of(inputs)
    log(metrics.in_words(detector.evaluate(Path(inputs.model).parent, split, outputs.scores, inputs.get("val"))))
