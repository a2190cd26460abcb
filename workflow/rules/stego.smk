# Covers -> shards of pairs; a new payload needs a new path only.


rule shard:
    """Embed the covers of one shard: results/shards/bossbase/suniward-0.4bpp/train-000.h5."""
    input:
        "results/covers/{source}/{split}-{shard}",
    output:
        "results/shards/{source}/{embedder}-{payload}{unit}/{split}-{shard}.h5",
    log:
        "results/logs/shard/{source}/{embedder}-{payload}{unit}/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/shard/{source}/{embedder}-{payload}{unit}/{split}-{shard}.tsv"
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        source=source_of,
        seed=config["seed"],
        version=embedder_version,
    script:
        "../scripts/shard.py"


rule manifest:
    """Hash the shards of one stego set: results/shards/bossbase/suniward-0.4bpp/manifest.tsv."""
    input:
        all_shards,
    output:
        "results/shards/{source}/{embedder}-{payload}{unit}/manifest.tsv",
    log:
        "results/logs/manifest/{source}/{embedder}-{payload}{unit}.log",
    benchmark:
        "results/benchmarks/manifest/{source}/{embedder}-{payload}{unit}.tsv"
    resources:
        mem_mb=1000,
        runtime=30,
    script:
        "../scripts/manifest.py"


rule export:
    """Write stegos as PGM for other tools: results/export/bossbase/suniward-0.4bpp/test/1013.pgm."""
    input:
        all_shards,
    output:
        directory("results/export/{source}/{embedder}-{payload}{unit}"),
    log:
        "results/logs/export/{source}/{embedder}-{payload}{unit}.log",
    benchmark:
        "results/benchmarks/export/{source}/{embedder}-{payload}{unit}.tsv"
    resources:
        mem_mb=1000,
        runtime=60,
    script:
        "../scripts/export.py"
