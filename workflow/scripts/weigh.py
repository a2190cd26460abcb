"""Choose the weight of the mean of a network's scores and a feature detector's."""

from pathlib import Path

from workflow.job import job

with job(snakemake) as log:
    from models import mean

    components = [Path(path).parent for path in snakemake.input.components]
    chosen = mean.fit(Path(snakemake.output[0]).parent, components, snakemake.input.val)
    log(f"weight of the network {chosen['weight']:g}")
