# Covers -> shards of pairs; a new payload or quality needs a new path only.


rule shard:
    """Embed the pixels of one shard's covers: results/shards/bossbase/suniward-0.4bpp/train-000.h5."""
    input:
        "results/covers/{source}/{split}-{shard}",
    output:
        "results/shards/{source}/{embedder}-{payload}bpp/{split}-{shard}.h5",
    log:
        "results/logs/shard/{source}/{embedder}-{payload}bpp/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/shard/{source}/{embedder}-{payload}bpp/{split}-{shard}.tsv"
    wildcard_constraints:
        embedder="|".join(SPATIAL),
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        source=fields_of("resize"),
        stego_set=stego_set_of,
        seed=config["seed"],
        version=embedder_version,
    script:
        "../scripts/shard.py"


rule jpeg_shard:
    """Embed the coefficients of one shard's covers: results/shards/bossbase/uerd-q75-0.4bpnzac/train-000.h5."""
    input:
        "results/covers/{source}/q{quality}/{split}-{shard}",
    output:
        "results/shards/{source}/{embedder}-q{quality}-{payload}bpnzac/{split}-{shard}.h5",
    log:
        "results/logs/shard/{source}/{embedder}-q{quality}-{payload}bpnzac/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/shard/{source}/{embedder}-q{quality}-{payload}bpnzac/{split}-{shard}.tsv"
    wildcard_constraints:
        embedder="|".join(JPEG),
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        source=fields_of("resize", "keep"),
        stego_set=stego_set_of,
        seed=config["seed"],
        version=embedder_version,
    script:
        "../scripts/jpeg_shard.py"


rule changes:
    """Keep change probabilities to draw fresh stegos from: results/changes/bossbase/suniward-0.4bpp/train-000.h5."""
    input:
        "results/covers/{source}/{split}-{shard}",
    output:
        "results/changes/{source}/{embedder}-{payload}bpp/{split}-{shard}.h5",
    log:
        "results/logs/changes/{source}/{embedder}-{payload}bpp/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/changes/{source}/{embedder}-{payload}bpp/{split}-{shard}.tsv"
    wildcard_constraints:
        embedder="|".join(SPATIAL),
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        version=embedder_version,
    script:
        "../scripts/changes.py"


rule jpeg_changes:
    """The same of coefficients: results/changes/bossbase/uerd-q75-0.4bpnzac/train-000.h5."""
    input:
        "results/covers/{source}/q{quality}/{split}-{shard}",
    output:
        "results/changes/{source}/{embedder}-q{quality}-{payload}bpnzac/{split}-{shard}.h5",
    log:
        "results/logs/changes/{source}/{embedder}-q{quality}-{payload}bpnzac/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/changes/{source}/{embedder}-q{quality}-{payload}bpnzac/{split}-{shard}.tsv"
    wildcard_constraints:
        embedder="|".join(JPEG),
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        version=embedder_version,
    script:
        "../scripts/changes.py"


rule given_shard:
    """Read ready-made pairs of one shard: results/shards/alaska2-crop/uerd-given/train-000.h5."""
    input:
        archive=archive_of,
        split="results/covers/{source}/split.tsv",
    output:
        "results/shards/{source}/{embedder}-given/{split}-{shard}.h5",
    log:
        "results/logs/shard/{source}/{embedder}-given/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/shard/{source}/{embedder}-given/{split}-{shard}.tsv"
    wildcard_constraints:
        embedder="|".join(FOLDERS),
    resources:
        mem_mb=3000,
        runtime=240,
    params:
        source=fields_of("size", "resize", "keep"),
        version=embedder_version,
    script:
        "../scripts/given_shard.py"


rule manifest:
    """Hash the shards of one stego set, list its pairs: results/shards/bossbase/suniward-0.4bpp/manifest.tsv."""
    input:
        all_shards,
    output:
        manifest="results/shards/{source}/{stego_set}/manifest.tsv",
        pairs="results/shards/{source}/{stego_set}/pairs.tsv",
    log:
        "results/logs/manifest/{source}/{stego_set}.log",
    benchmark:
        "results/benchmarks/manifest/{source}/{stego_set}.tsv"
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
        directory("results/export/{source}/{stego_set}"),
    log:
        "results/logs/export/{source}/{stego_set}.log",
    benchmark:
        "results/benchmarks/export/{source}/{stego_set}.tsv"
    resources:
        mem_mb=1000,
        runtime=60,
    script:
        "../scripts/export.py"


rule export_jpeg:
    """Write stegos as JPEG: results/export-jpeg/bossbase/uerd-q75-0.4bpnzac/test/1013.jpg."""
    input:
        covers=jpeg_covers,
        shards=jpeg_shards,
    output:
        directory("results/export-jpeg/{source}/{embedder}-q{quality}-{payload}bpnzac"),
    log:
        "results/logs/export-jpeg/{source}/{embedder}-q{quality}-{payload}bpnzac.log",
    benchmark:
        "results/benchmarks/export-jpeg/{source}/{embedder}-q{quality}-{payload}bpnzac.tsv"
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        seed=config["seed"],
        version=embedder_version,
    script:
        "../scripts/export_jpeg.py"
