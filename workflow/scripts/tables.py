"""Lay out tables and training curves."""

from workflow.job import job

with job(snakemake) as say:
    from models import figures, tables

    results = tables.read_results(snakemake.input.metrics, snakemake.input.manifests)
    tables.write(snakemake.output.tables, results, snakemake.input.parameters, run=snakemake.params.run)
    figures.training_curves(snakemake.output.figures, snakemake.input.histories)
    say(f"{len(results)} trainings")
