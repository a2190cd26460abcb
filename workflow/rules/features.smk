# Required: covers, shards. Covers and shards -> features of rich models; a new set needs a new path only.


rule features:
    """Take the features of one part: results/features/srm/bossbase/suniward-0.4bpp/train-000.h5.

    Of covers, once for all stego sets: results/features/srm/bossbase/covers/train-000.h5, or covers-q75.
    """
    input:
        unpack(extracted),
    output:
        "results/features/{features}/{source}/{stego_set}/{split}-{shard}.h5",
    log:
        "results/logs/features/{features}/{source}/{stego_set}/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/features/{features}/{source}/{stego_set}/{split}-{shard}.tsv"
    resources:
        mem_mb=rising(1000),
        runtime=rising(240),
    params:
        version=feature_version,
        source=BY.fields("resize"),
    script:
        "../scripts/features.py"


rule feature_manifest:
    """Hash the features of a stego set, or of covers: results/features/srm/bossbase/covers/SHA256SUMS."""
    input:
        BY.feature_files,
    output:
        sums="results/features/{features}/{source}/{stego_set}/SHA256SUMS",
    log:
        "results/logs/feature-manifest/{features}/{source}/{stego_set}.log",
    benchmark:
        "results/benchmarks/feature-manifest/{features}/{source}/{stego_set}.tsv"
    resources:
        mem_mb=rising(1000),
        runtime=rising(30),
    script:
        "../scripts/manifest.py"
