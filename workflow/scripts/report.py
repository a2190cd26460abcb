"""Lay out tables, figures and the page of a finished run."""

from workflow.configuration import check
from workflow.job import job
from workflow.plan import Plan

with job(snakemake) as log:
    from workflow.report import page

    inputs, outputs = snakemake.input, snakemake.output
    page.write(
        Plan(check(snakemake.config)), inputs.summary, inputs.parameters, outputs.tables, outputs.figures, outputs.page
    )
    log("written")
