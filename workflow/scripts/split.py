"""Deal the covers of a source to splits and shards."""

from stegdata import alaska2, sources, splits, tiles
from workflow.job import job

with job(snakemake) as say:
    source = snakemake.params.source
    archive = snakemake.input.get("archive") or None
    if source["kind"] == "alaska2":
        groups, incomplete = alaska2.covers(archive)
        say(f"{len(incomplete)} covers left out, as a stego is missing: {', '.join(incomplete[:10]) or 'none'}")
    else:
        groups = sources.covers(source["kind"], archive, group=source["group"], size=source["size"])
    groups = tiles.expand(groups, source.get("tiles", 1))
    rows = splits.assign(
        splits.without(groups, source["exclude"], source=snakemake.wildcards.source),
        {split: source[split] for split in splits.SPLITS},
        order=source["order"],
        seed=source["split_seed"],
        shard_pairs=source["shard_pairs"],
        source=snakemake.wildcards.source,
    )
    splits.write(snakemake.output[0], rows)
    say(f"{len(groups)} covers in {len(set(groups.values()))} groups, {len(rows)} of them used")
