"""Count the parameters of networks at the paper's image size."""

from itertools import product

import models
from stegdata import tsv
from workflow import plain_matplotlib
from workflow.job import job
from workflow.report.published import COUNTED, SIZE

with job(snakemake) as log:
    plain_matplotlib.load()
    rows = []
    for network, head in product(snakemake.params.networks, snakemake.params.heads):
        counts = models.parameter_counts(models.build(network, head=head, image_size=SIZE))
        stage = counts.stages["classification"]
        rows.append([network, head, counts.trained, counts.paper, stage.trained, stage.paper])
    tsv.write(snakemake.output[0], COUNTED, rows)
    log(f"{', '.join(snakemake.params.networks)}")
