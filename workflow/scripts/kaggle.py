"""Fetch ALASKA2 from Kaggle."""

from stegdata.sources import KINDS, kaggle
from workflow.job import job

with job(snakemake) as log:
    facts = KINDS["alaska2"]
    log(f"fetching {facts.competition}; licence: {facts.licence}; cite: {facts.citation}")
    kaggle.fetch(snakemake.output[0], facts.competition, room=facts.room)
    log("done")
