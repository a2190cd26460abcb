"""Fetch the archive of a source."""

from stegdata import databases, download
from workflow.job import job

with job(snakemake) as say:
    known = databases.ARCHIVES[snakemake.params.kind]
    say(f"fetching {known.file}; licence: {known.licence}; cite: {known.citation}")
    download.fetch(
        snakemake.output[0],
        known.urls,
        source=snakemake.wildcards.source,
        manual=known.manual,
        room=known.room,
        size=known.size,
        md5=known.md5,
        sha256=known.sha256,
        say=say,
    )
