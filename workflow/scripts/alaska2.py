"""Fetch ALASKA2 from Kaggle."""

from stegdata import databases, kaggle
from workflow.job import job

with job(snakemake) as say:
    known = databases.DATABASES["alaska2"]
    say(f"fetching {known.competition}; licence: {known.licence}; cite: {known.citation}")
    kaggle.fetch(snakemake.output[0], known.competition, room=known.room, key="sources.alaska2-crop.path")
    say("done")
