# Required: covers. Covers -> shards of pairs; a new payload, embedder or quality needs a new path only.


rule embed:
    """Embed the covers of one part: results/shards/bossbase/suniward-0.4bpp/train-000.h5.

    An embedder of the JPEG domain takes JPEG covers: results/shards/bossbase/uerd-q75-0.4bpnzac/train-000.h5.
    """
    input:
        unpack(embedded),
    output:
        "results/shards/{source}/{stego_set}/{split}-{shard}.h5",
    log:
        "results/logs/embed/{source}/{stego_set}/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/embed/{source}/{stego_set}/{split}-{shard}.tsv"
    wildcard_constraints:
        stego_set=EMBEDDED,
    resources:
        mem_mb=rising(1000),
        runtime=rising(60),
    params:
        source=BY.fields("resize", "keep"),
        seed=PLAN.config["seed"],
        left_out=BY.left_out,
        version=embedder_version,
    script:
        "../scripts/embed.py"


rule precomputed:
    """Read precomputed pairs of one part: results/shards/alaska2-crop/uerd-precomputed/train-000.h5."""
    input:
        place=BY.fetched,
        split="results/covers/{source}/split.tsv",
    output:
        "results/shards/{source}/{stego_set}/{split}-{shard}.h5",
    log:
        "results/logs/precomputed/{source}/{stego_set}/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/precomputed/{source}/{stego_set}/{split}-{shard}.tsv"
    wildcard_constraints:
        stego_set=PRECOMPUTED_SETS,
    resources:
        mem_mb=rising(3000),
        runtime=rising(240),
    params:
        source=BY.fields("kind", "size", "resize", "keep"),
        version=embedder_version,
    script:
        "../scripts/precomputed.py"


rule probabilities:
    """Keep change probabilities to embed online from: results/probabilities/bossbase/suniward-0.4bpp/train-000.h5."""
    input:
        covers=ancient(covers_of),
        # made anew whenever its covers change
        shard="results/shards/{source}/{stego_set}/{split}-{shard}.h5",
    output:
        "results/probabilities/{source}/{stego_set}/{split}-{shard}.h5",
    log:
        "results/logs/probabilities/{source}/{stego_set}/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/probabilities/{source}/{stego_set}/{split}-{shard}.tsv"
    wildcard_constraints:
        stego_set=EMBEDDED,
    resources:
        mem_mb=rising(1000),
        runtime=rising(60),
    params:
        left_out=BY.left_out,
        version=embedder_version,
    script:
        "../scripts/probabilities.py"


rule manifest:
    """List the pairs of one stego set, hash its shards: results/shards/bossbase/suniward-0.4bpp/SHA256SUMS."""
    input:
        BY.shards,
    output:
        sums="results/shards/{source}/{stego_set}/SHA256SUMS",
        pairs="results/shards/{source}/{stego_set}/pairs.tsv",
    log:
        "results/logs/manifest/{source}/{stego_set}.log",
    benchmark:
        "results/benchmarks/manifest/{source}/{stego_set}.tsv"
    resources:
        mem_mb=rising(1000),
        runtime=rising(30),
    script:
        "../scripts/manifest.py"


rule export:
    """Write stegos for other tools: PGM, results/export/bossbase/suniward-0.4bpp/test/1013.pgm.

    Where JPEG covers were embedded, JPEG: results/export/bossbase/uerd-q75-0.4bpnzac/test/1013.jpg.
    """
    input:
        shards=BY.shards,
        covers=ancient(BY.jpeg_covers),
    output:
        directory("results/export/{source}/{stego_set}"),
    log:
        "results/logs/export/{source}/{stego_set}.log",
    benchmark:
        "results/benchmarks/export/{source}/{stego_set}.tsv"
    resources:
        mem_mb=rising(1000),
        runtime=rising(240),
    script:
        "../scripts/export.py"
