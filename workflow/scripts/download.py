"""Fetch the archive of a source."""

from stegdata import download, sources
from workflow.job import job

with job(snakemake) as say:
    archive = sources.ARCHIVES[snakemake.params.kind]
    say(f"fetching {archive.file}; licence: {archive.licence}; cite: {archive.citation}")
    download.fetch(snakemake.output[0], archive.urls, source=snakemake.wildcards.source)
