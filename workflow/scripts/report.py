"""Lay out tables, figures and the page of a finished run."""

from workflow.configuration import check
from workflow.job import job
from workflow.plan import Plan

with job(snakemake) as log:
    from workflow.report import page

    given, out = snakemake.input, snakemake.output
    page.write(Plan(check(snakemake.config)), given.summary, given.parameters, out.tables, out.figures, out.page)
    log("written")
