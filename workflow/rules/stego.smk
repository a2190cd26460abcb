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
        mem_mb=rising(1000),
        runtime=rising(60),
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
        mem_mb=rising(1000),
        runtime=rising(60),
    params:
        source=fields_of("resize", "keep"),
        stego_set=stego_set_of,
        seed=config["seed"],
        version=embedder_version,
    script:
        "../scripts/jpeg_shard.py"


# Where an experiment of the run lists several payloads, one job makes one shard of each: costs are computed once a cover.
# The bytes are those of the rules above, which make every other payload, by its path.
for (embedder, quality, payloads), sources in sweeps_of(RUN).items():
    quality_folder = "" if quality is None else f"q{quality}/"
    stego_sets = [StegoSet((embedder,), quality, payload, EMBEDDERS[embedder].unit.lower()) for payload in payloads]
    name = f"{embedder}-{'-'.join(stego_set.condition for stego_set in stego_sets)}"

    rule:
        name:
            f"sweep_{name}"
        # results/shards/bossbase/suniward-0.1bpp/train-000.h5, results/shards/bossbase/suniward-0.2bpp/train-000.h5, ...
        input:
            f"results/covers/{{source}}/{quality_folder}{{split}}-{{shard}}",
        output:
            [f"results/shards/{{source}}/{stego_set}/{{split}}-{{shard}}.h5" for stego_set in stego_sets],
        log:
            f"results/logs/sweep/{{source}}/{name}/{{split}}-{{shard}}.log",
        benchmark:
            f"results/benchmarks/sweep/{{source}}/{name}/{{split}}-{{shard}}.tsv"
        wildcard_constraints:
            source="|".join(sources),
        resources:
            mem_mb=rising(1000),
            runtime=rising(60 * len(payloads)),
        params:
            embedder=embedder,
            quality=quality,
            payloads=list(payloads),
            source=fields_of("resize") if quality is None else fields_of("resize", "keep"),
            seed=config["seed"],
            version=EMBEDDERS[embedder].version,
        script:
            "../scripts/sweep.py"

    workflow.ruleorder(f"sweep_{name}", "shard" if quality is None else "jpeg_shard")


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
        mem_mb=rising(1000),
        runtime=rising(60),
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
        mem_mb=rising(1000),
        runtime=rising(60),
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
        mem_mb=rising(3000),
        runtime=rising(240),
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
        mem_mb=rising(1000),
        runtime=rising(30),
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
        mem_mb=rising(1000),
        runtime=rising(60),
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
        mem_mb=rising(1000),
        runtime=rising(240),
    params:
        seed=config["seed"],
        version=embedder_version,
    script:
        "../scripts/export_jpeg.py"
