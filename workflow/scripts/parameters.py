"""Count the parameters of networks at the paper's image size."""

from itertools import product

from models import tables
from workflow.job import job

with job(snakemake) as say:
    tables.write_parameters(snakemake.output[0], product(snakemake.params.networks, snakemake.params.heads))
    say(f"{', '.join(snakemake.params.networks)}")
