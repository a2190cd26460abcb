"""Fetch the archive of a source."""

from stegdata.sources import KINDS, download
from workflow.job import job

with job(snakemake) as log:
    facts = KINDS[snakemake.params.kind]
    log(f"fetching {facts.archive.file}; licence: {facts.licence}; cite: {facts.citation}")
    download.fetch(
        snakemake.output[0],
        facts.archive.urls,
        source=snakemake.wildcards.source,
        manual=facts.manual,
        room=facts.room,
        size=facts.archive.size,
        digest=facts.archive.sha256,
        log=log,
    )
