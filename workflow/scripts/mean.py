"""Take the mean of a network's scores and a feature detector's on a test split."""

import json
from pathlib import Path

from workflow.job import job

with job(snakemake) as log:
    from models import mean, metrics

    given, out = snakemake.input, snakemake.output
    found = mean.evaluate(Path(given.weights).parent, given.network, given.features, out.scores)
    scored = json.loads(Path(given.metrics).read_text(encoding="utf-8"))
    found |= {key: scored[key] for key in ("size", "resize", "parameters")}
    metrics.write(out.metrics, found)
    log(metrics.in_words(found))
