# Train and val shards -> weights; test shards, once -> scores and metrics.


rule train:
    """Train one network: results/training/bossbase/suniward-0.4bpp/xu-net-lstm/seed-1/model.weights.h5."""
    input:
        train=train_shards,
        val=val_shards,
    output:
        weights="results/training/{union}/{stego_set}/{network}-{head}/seed-{seed}/model.weights.h5",
        history="results/training/{union}/{stego_set}/{network}-{head}/seed-{seed}/history.tsv",
    log:
        "results/logs/train/{union}/{stego_set}/{network}-{head}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/train/{union}/{stego_set}/{network}-{head}/seed-{seed}.tsv"
    threads: training_threads
    resources:
        mem_mb=8000,
        runtime=2880,
        gpu=1,
    params:
        recipe=recipe_of,
    script:
        "../scripts/train.py"


rule evaluate:
    """Score the test split: results/training/bossbase/suniward-0.4bpp/xu-net-lstm/seed-1/metrics.json."""
    input:
        weights="results/training/{union}/{stego_set}/{network}-{head}/seed-{seed}/model.weights.h5",
        history="results/training/{union}/{stego_set}/{network}-{head}/seed-{seed}/history.tsv",
        test=test_shards,
    output:
        metrics="results/training/{union}/{stego_set}/{network}-{head}/seed-{seed}/metrics.json",
        scores="results/training/{union}/{stego_set}/{network}-{head}/seed-{seed}/scores.tsv",
    log:
        "results/logs/evaluate/{union}/{stego_set}/{network}-{head}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/evaluate/{union}/{stego_set}/{network}-{head}/seed-{seed}.tsv"
    threads: training_threads
    resources:
        mem_mb=4000,
        runtime=120,
        gpu=1,
    params:
        recipe=recipe_of,
    script:
        "../scripts/evaluate.py"


rule parameters:
    """Count the parameters of all networks at 256x256: results/training/parameters.tsv."""
    output:
        "results/training/parameters.tsv",
    log:
        "results/logs/parameters.log",
    benchmark:
        "results/benchmarks/parameters.tsv"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        networks=NETWORKS,
        heads=["fc", "lstm"],
    script:
        "../scripts/parameters.py"
