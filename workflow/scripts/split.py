"""Deal the covers of a source to splits and shards."""

from stegdata import exclusions, sources, splits, tiles
from workflow.job import job

with job(snakemake) as log:
    kind, deal, name = snakemake.params.kind, snakemake.params.deal, snakemake.wildcards.source
    source = sources.opened(kind["kind"], snakemake.input.get("place") or None, group=kind["group"], size=kind["size"])
    listing = source.listing()
    groups = tiles.expand(listing.groups, kind["tiles"])
    rows = splits.assign(
        splits.without(groups, deal["exclude"], source=name),
        {split: deal[split] for split in splits.SPLITS},
        order=deal["order"],
        seed=deal["split_seed"],
        shard_pairs=deal["shard_pairs"],
        source=name,
    )
    named = [exclusions.Exclusion(cover, exclusions.LEFT_OUT, "as named under `exclude`") for cover in deal["exclude"]]
    splits.write(snakemake.output.split, rows)
    exclusions.write(snakemake.output.exclusions, [*listing.exclusions, *named])
    for line in exclusions.summary([*listing.exclusions, *named]):
        log(line)
    log(f"{len(groups)} covers in {len(set(groups.values()))} groups, {len(rows)} of them used")
