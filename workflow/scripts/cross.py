"""Lay out every detector on every stego set."""

from workflow.job import job

with job(snakemake) as say:
    from models import cross

    cross.write(snakemake.output[0], snakemake.input)
    say(f"{len(snakemake.input)} of them")
