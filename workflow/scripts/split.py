"""Deal the covers of a source to splits and shards."""

from stegdata import alaska2, kaggle, remarks, sources, splits, tiles
from workflow.job import job

with job(snakemake) as say:
    source, name = snakemake.params.source, snakemake.wildcards.source
    archive = snakemake.input.get("archive") or None
    noted = [remarks.Remark(cover, remarks.LEFT_OUT, "as named under `exclude`") for cover in source["exclude"]]
    if source["kind"] == "alaska2":
        groups = alaska2.covers(kaggle.located(archive), noted)
    else:
        groups = sources.covers(source["kind"], archive, group=source["group"], size=source["size"], remarks=noted)
    groups = tiles.expand(groups, source.get("tiles", 1))
    rows = splits.assign(
        splits.without(groups, source["exclude"], source=name),
        {split: source[split] for split in splits.SPLITS},
        order=source["order"],
        seed=source["split_seed"],
        shard_pairs=source["shard_pairs"],
        source=name,
    )
    splits.write(snakemake.output.split, rows)
    remarks.write(snakemake.output.remarks, noted)
    for line in remarks.summary(noted):
        say(line)
    say(f"{len(groups)} covers in {len(set(groups.values()))} groups, {len(rows)} of them used")
