"""Assign the covers of a source to splits and shards."""

from pathlib import Path

from stegdata import duplicates, exclusions, history, leftovers, sources, splits, survey, tiles
from stegdata.names import Part
from stegdata.sources import KINDS, stamps
from workflow.job import job, place_of

with job(snakemake) as log:
    facts, sizes, name = snakemake.params.kind, snakemake.params.deal, snakemake.wildcards.source
    path = place_of(snakemake)
    source = sources.opened(
        facts["kind"], path, group=facts["group"], size=facts["size"], unpack_to=sources.UNPACKED / name
    )
    listing = source.listing()
    covers = splits.leave_out(tiles.expand(listing.groups, facts["tiles"]), sizes["exclude"], source=name)
    images = tiles.by_image(covers, facts["tiles"])
    size, most, cropped = facts["size"], facts["tiles"], facts["resize"] == "crop"
    traces = sizes.get("history") != "keep" and not KINDS[facts["kind"]].stego_folders
    side = None if cropped else size * most
    seen = survey.look(source, images, name, jpegs=listing.jpegs, side=side, traces=traces)
    compressed = history.checked(seen.remarks, refuse=sizes.get("history") == "refuse", source=name)
    if cropped:
        images = tiles.that_fit(images, seen.shapes, size=size, most=most)
    grouped, same = duplicates.together({image: listing.groups[image] for image in images}, seen.prints)
    image_of = {cover: image for image, tiled in images.items() for cover in tiled}
    rows = splits.assign(
        {cover: grouped[image] for cover, image in image_of.items()},
        {split: sizes[split] for split in splits.SPLITS},
        shards=sizes.get("shards"),
        order=sizes["order"],
        seed=sizes["split_seed"],
        shard_pairs=sizes["shard_pairs"],
        source=name,
    )
    excluded = [
        exclusions.Exclusion(cover, exclusions.LEFT_OUT, "as named under `exclude`") for cover in sizes["exclude"]
    ]
    noted = [*listing.exclusions, *same, *excluded, *compressed]
    splits.write(snakemake.output.split, rows)
    exclusions.write(snakemake.output.exclusions, noted)
    duplicates.write(snakemake.output.pixels, {cover: seen.prints[image] for cover, image in image_of.items()})
    parts, made = {str(Part(row.split, row.shard)) for row in rows}, Path(snakemake.output.split).parent
    for folder in (made, *made.glob("q*/")):
        for file in leftovers.take_away(folder, parts):
            log(f"{folder / file} of an earlier split taken away")
    if not snakemake.input.get("place") and path is not None:
        stamps.complete(Path(path), stamps.path_of(name))
    for line in exclusions.summary(noted):
        log(line)
    log(f"{len(image_of)} covers in {len(set(grouped.values()))} groups, {len(rows)} of them used")
