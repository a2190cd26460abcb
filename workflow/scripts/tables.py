"""Lay out tables and training curves."""

from workflow.job import job

with job(snakemake) as say:
    from models import comparison, figures, tables

    results = tables.read_results(snakemake.input.metrics, snakemake.input.manifests)
    splits = dict(zip(snakemake.params.sources, snakemake.input.splits, strict=True))
    compared = comparison.compare(snakemake.input.scores, splits)
    tables.write(snakemake.output.tables, results, compared, snakemake.input.parameters, run=snakemake.params.run)
    figures.training_curves(snakemake.output.figures, snakemake.input.histories)
    say(f"{len(results)} trainings")
