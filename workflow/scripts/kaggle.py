"""Fetch ALASKA2 from Kaggle."""

from stegdata.sources import KINDS, kaggle
from workflow.job import job

with job(snakemake) as log:
    facts, competition = KINDS["alaska2"], KINDS["alaska2"].competition
    log(f"fetching {competition.name}; licence: {facts.licence}; cite: {facts.citation}")
    kaggle.fetch(snakemake.output[0], competition.name, room=competition.room, key=competition.key)
    log("done")
