"""Write the card of a stego set."""

from stegdata import cards, databases
from workflow.job import job

with job(snakemake) as say:
    source = dict(snakemake.params.source)
    known = databases.DATABASES[source["kind"]]
    facts = {f"source: {key}": value for key, value in source.items() if key != "exclude"} | {"layout": known.layout}
    cards.write(
        snakemake.output[0],
        snakemake.input.manifest,
        split_path=snakemake.input.split,
        remarks_path=snakemake.input.remarks,
        known=known,
        facts=facts,
    )
    say("written")
