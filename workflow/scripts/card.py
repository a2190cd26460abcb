"""Write the card of a stego set."""

from stegdata import cards
from stegdata.sources import KINDS
from workflow.job import job

with job(snakemake) as log:
    source = snakemake.params.source
    kind = KINDS[source["kind"]]
    cards.write(
        snakemake.output[0],
        snakemake.input.sums,
        split_path=snakemake.input.split,
        exclusions_path=snakemake.input.exclusions,
        kind=kind,
        facts={f"source: {key}": value for key, value in source.items()} | {"layout": kind.layout},
    )
    log("written")
