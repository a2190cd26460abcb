# Required: shards. Train and val shards -> a detector; test shards, once -> its scores and metrics.


def warm_start(wildcards):
    """Weights that a training starts from, with what their network is built from."""
    start = PLAN.warm_start(detector_of(wildcards))
    return [] if start is None else [start.file("model.weights.h5"), start.file("model.json")]


def probabilities(wildcards):
    """Change probabilities of the shards to learn from, where stegos are embedded online."""
    return PLAN.probabilities(detector_of(wildcards))


def cross_shards(wildcards):
    """Test shards of another stego set."""
    tested = StegoSet.named(wildcards.tested_source, wildcards.tested_set)
    return PLAN.cross_shards(detector_of(wildcards), tested)


rule train:
    """Train one network: results/detectors/bossbase/suniward-0.4bpp/xu-net-lstm/tuned/seed-1/model.weights.h5."""
    input:
        train=asked(shards, "train"),
        val=asked(shards, "val"),
        probabilities=asked(probabilities),
        warm_start=asked(warm_start),
    output:
        weights="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/model.weights.h5",
        last="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/last.weights.h5",
        model="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/model.json",
        history="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/history.tsv",
    log:
        "results/logs/train/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/train/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}.tsv"
    wildcard_constraints:
        detector=NETWORKS,
    threads: asked(training_threads)
    resources:
        mem_mb=rising(8000),
        runtime=rising(2880),
        gpu=1,
    params:
        recipe=asked(recipe),
    script:
        "../scripts/train.py"


rule evaluate:
    """Score the test split: results/detectors/bossbase/suniward-0.4bpp/xu-net-lstm/tuned/seed-1/metrics.json."""
    input:
        weights="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/model.weights.h5",
        model="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/model.json",
        history="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/history.tsv",
        test=asked(shards, "test"),
    output:
        metrics="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/metrics.json",
        scores="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/scores.tsv",
    log:
        "results/logs/evaluate/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/evaluate/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}.tsv"
    wildcard_constraints:
        detector=NETWORKS,
    threads: asked(training_threads)
    resources:
        mem_mb=rising(4000),
        runtime=rising(120),
        gpu=1,
    params:
        recipe=asked(recipe),
    script:
        "../scripts/evaluate.py"


use rule evaluate as cross_evaluate with:
    input:
        weights="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/model.weights.h5",
        model="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/model.json",
        history="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/history.tsv",
        test=asked(cross_shards),
    output:
        metrics="results/cross-dataset/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}/metrics.json",
        scores="results/cross-dataset/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}/scores.tsv",
    log:
        "results/logs/cross-evaluate/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}.log",
    benchmark:
        "results/benchmarks/cross-evaluate/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}.tsv"


rule baseline:
    """Measure SPAM features with a discriminant: results/detectors/bossbase/wow-0.4bpp/spam-lda/seed-0/metrics.json."""
    input:
        train=asked(shards, "train"),
        val=asked(shards, "val"),
        test=asked(shards, "test"),
    output:
        metrics="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/metrics.json",
        scores="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/scores.tsv",
    log:
        "results/logs/baseline/{source}/{stego_set}/{detector}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/baseline/{source}/{stego_set}/{detector}/seed-{seed}.tsv"
    wildcard_constraints:
        detector=FEATURES,
    resources:
        mem_mb=rising(4000),
        runtime=rising(240),
    script:
        "../scripts/baseline.py"


use rule baseline as cross_baseline with:
    input:
        train=asked(shards, "train"),
        val=asked(shards, "val"),
        test=asked(cross_shards),
    output:
        metrics="results/cross-dataset/{source}/{stego_set}/{detector}/seed-{seed}/on/{tested_source}/{tested_set}/metrics.json",
        scores="results/cross-dataset/{source}/{stego_set}/{detector}/seed-{seed}/on/{tested_source}/{tested_set}/scores.tsv",
    log:
        "results/logs/cross-baseline/{source}/{stego_set}/{detector}/seed-{seed}/on/{tested_source}/{tested_set}.log",
    benchmark:
        "results/benchmarks/cross-baseline/{source}/{stego_set}/{detector}/seed-{seed}/on/{tested_source}/{tested_set}.tsv"


rule parameters:
    """Count the parameters of all networks at 256x256: results/parameters.tsv."""
    output:
        "results/parameters.tsv",
    log:
        "results/logs/parameters.log",
    benchmark:
        "results/benchmarks/parameters.tsv"
    resources:
        mem_mb=rising(4000),
        runtime=rising(30),
    params:
        networks=models.NETWORKS,
        heads=["fc", "lstm"],
    script:
        "../scripts/parameters.py"
