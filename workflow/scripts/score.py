"""Score a split of a stego set with one detector, and sum the scores up."""

from pathlib import Path

from stegdata import duplicates, splits
from workflow.job import job

with job(snakemake) as log:
    from models import detector, metrics

    inputs, outputs = snakemake.input, snakemake.output
    if inputs.get("weights"):
        from models import devices

        devices.configure(snakemake.params.threads)
    files = {name: inputs.get(name, []) for name in ("shards", "stego_features", "cover_features", "components")}
    excluded, groups = duplicates.left_out(inputs.get("excluded", [])), splits.groups_of(inputs.get("splits", []))
    split = detector.Split(**files, excluded=excluded, groups=groups)
    log(metrics.in_words(detector.evaluate(Path(inputs.model).parent, split, outputs.scores, inputs.get("val"))))
