"""Deal the covers of a source to splits and shards."""

from pathlib import Path

from stegdata import duplicates, exclusions, sources, splits, tiles
from stegdata.sources import stamps
from workflow.job import job, place_of

with job(snakemake) as log:
    kind, deal, name = snakemake.params.kind, snakemake.params.deal, snakemake.wildcards.source
    place = place_of(snakemake)
    source = sources.opened(kind["kind"], place, group=kind["group"], size=kind["size"])
    listing = source.listing()
    named = splits.without(tiles.expand(listing.groups, kind["tiles"]), deal["exclude"], source=name)
    images = tiles.by_image(named, kind["tiles"])
    prints = duplicates.fingerprints(source, sorted(images), name)
    grouped, same = duplicates.together({image: listing.groups[image] for image in images}, prints)
    groups = {cover: grouped[image] for image, covers in images.items() for cover in covers}
    rows = splits.assign(
        groups,
        {split: deal[split] for split in splits.SPLITS},
        order=deal["order"],
        seed=deal["split_seed"],
        shard_pairs=deal["shard_pairs"],
        source=name,
    )
    excluded = [
        exclusions.Exclusion(cover, exclusions.LEFT_OUT, "as named under `exclude`") for cover in deal["exclude"]
    ]
    known = [*listing.exclusions, *same, *excluded]
    splits.write(snakemake.output.split, rows)
    exclusions.write(snakemake.output.exclusions, known)
    duplicates.write(
        snakemake.output.pixels, {cover: prints[image] for image, covers in images.items() for cover in covers}
    )
    if not snakemake.input.get("place") and place is not None:
        stamps.complete(Path(place), stamps.path_of(name))
    for line in exclusions.summary(known):
        log(line)
    log(f"{len(groups)} covers in {len(set(groups.values()))} groups, {len(rows)} of them used")
