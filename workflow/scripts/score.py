"""Score a split of a stego set with one detector, and sum the scores up."""

import json
from pathlib import Path

from stegdata import duplicates
from workflow.job import job

with job(snakemake) as log:
    from models import detector, metrics, scores

    inputs, outputs = snakemake.input, snakemake.output
    if inputs.get("weights"):
        from models import devices

        devices.configure(snakemake.params.threads)
    files = {name: inputs.get(name, []) for name in ("shards", "stego_features", "cover_features", "components")}
    split = detector.Split(**files, excluded=duplicates.left_out(inputs.get("excluded", [])))
    scored, facts = detector.load(Path(inputs.model).parent).score(split)
    if inputs.get("val"):
        facts["val_accuracy"] = json.loads(Path(inputs.val).read_text(encoding="utf-8"))["accuracy"]
    scores.write(outputs.scores, scored)
    summary = metrics.describe(scored) | facts
    metrics.write(outputs.metrics, summary)
    log(metrics.in_words(summary))
