"""Fetch the archive of a source."""

from stegdata.sources import KINDS, download
from workflow.job import job

with job(snakemake) as log:
    known = KINDS[snakemake.params.kind]
    log(f"fetching {known.archive.file}; licence: {known.licence}; cite: {known.citation}")
    download.fetch(
        snakemake.output[0],
        known.archive.urls,
        source=snakemake.wildcards.source,
        manual=known.manual,
        room=known.archive.room,
        size=known.archive.size,
        md5=known.archive.md5,
        sha256=known.archive.sha256,
        log=log,
    )
