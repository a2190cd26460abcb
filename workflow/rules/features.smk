# Required: covers, shards. Covers and shards -> features of rich models; a new set needs a new path only.


def extracted(wildcards):
    """What features are taken of: a folder of covers, or a shard, for a JPEG set with the folder of its covers."""
    part = part_of(wildcards)
    covers = COVER_SET.fullmatch(wildcards.stego_set)
    if covers is not None:
        quality = f"q{covers['quality']}/" if covers["quality"] else ""
        return {"covers": f"results/covers/{wildcards.source}/{quality}{part}"}
    stego_set = stego_set_of(wildcards)
    check_domain(wildcards.features, stego_set)
    found = {"shard": stego_set.shard(part)}
    if FEATURES[wildcards.features].domain == "jpeg" and stego_set.payload is not None:
        found["covers"] = stego_set.covers(part)
    return found


def feature_version(wildcards):
    """Version of a feature set: a rule that carries it runs again when it is raised."""
    return FEATURES[wildcards.features].version


def feature_parts(wildcards):
    """Features of all parts of a source or stego set."""
    folder = f"results/features/{wildcards.features}/{wildcards.source}/{wildcards.stego_set}"
    return [f"{folder}/{part}.h5" for part in PLAN.parts(wildcards.source, *SPLITS)]


rule features:
    """Take the features of one part: results/features/srm/bossbase/suniward-0.4bpp/train-000.h5.

    Of covers, once for all stego sets: results/features/srm/bossbase/covers/train-000.h5, or covers-q75.
    """
    input:
        unpack(asked(extracted)),
    output:
        "results/features/{features}/{source}/{stego_set}/{split}-{shard}.h5",
    log:
        "results/logs/features/{features}/{source}/{stego_set}/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/features/{features}/{source}/{stego_set}/{split}-{shard}.tsv"
    wildcard_constraints:
        features="|".join(FEATURES),
    resources:
        mem_mb=rising(1000),
        runtime=rising(240),
    params:
        version=asked(feature_version),
    script:
        "../scripts/features.py"


rule feature_manifest:
    """Hash the features of a stego set, or of covers: results/features/srm/bossbase/covers/manifest.tsv."""
    input:
        asked(feature_parts),
    output:
        "results/features/{features}/{source}/{stego_set}/manifest.tsv",
    log:
        "results/logs/feature-manifest/{features}/{source}/{stego_set}.log",
    benchmark:
        "results/benchmarks/feature-manifest/{features}/{source}/{stego_set}.tsv"
    wildcard_constraints:
        features="|".join(FEATURES),
    resources:
        mem_mb=rising(1000),
        runtime=rising(30),
    script:
        "../scripts/feature_manifest.py"
