# Train and val shards -> weights; test shards, once -> scores and metrics.


rule train:
    """Train one network: results/training/bossbase/suniward-0.4bpp/xu-net-lstm/tuned/seed-1/model.weights.h5."""
    input:
        train=train_shards,
        val=val_shards,
        changes=change_shards,
        start=start_of,
    output:
        weights="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/model.weights.h5",
        last="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/last.weights.h5",
        model="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/model.json",
        history="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/history.tsv",
    log:
        "results/logs/train/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/train/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}.tsv"
    threads: training_threads
    resources:
        mem_mb=rising(8000),
        runtime=rising(2880),
        gpu=1,
    params:
        recipe=recipe_of,
    script:
        "../scripts/train.py"


rule evaluate:
    """Score the test split: results/training/bossbase/suniward-0.4bpp/xu-net-lstm/tuned/seed-1/metrics.json."""
    input:
        weights="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/model.weights.h5",
        model="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/model.json",
        history="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/history.tsv",
        test=test_shards,
    output:
        metrics="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/metrics.json",
        scores="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/scores.tsv",
    log:
        "results/logs/evaluate/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/evaluate/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}.tsv"
    threads: training_threads
    resources:
        mem_mb=rising(4000),
        runtime=rising(120),
        gpu=1,
    params:
        recipe=recipe_of,
    script:
        "../scripts/evaluate.py"


rule yardstick:
    """Measure SPAM features with LDA on the same splits: results/training/bossbase/suniward-0.4bpp/spam-lda/."""
    input:
        train=train_shards,
        val=val_shards,
        test=test_shards,
    output:
        metrics="results/training/{union}/{stego_set}/spam-lda/yardstick/seed-0/metrics.json",
        scores="results/training/{union}/{stego_set}/spam-lda/yardstick/seed-0/scores.tsv",
    log:
        "results/logs/yardstick/{union}/{stego_set}.log",
    benchmark:
        "results/benchmarks/yardstick/{union}/{stego_set}.tsv"
    resources:
        mem_mb=rising(4000),
        runtime=rising(240),
    script:
        "../scripts/yardstick.py"


rule cross_score:
    """Score another stego set: results/cross-scores/.../xu-net-fc/tuned/seed-1/on/bossbase/wow-0.4bpp/metrics.json."""
    input:
        weights="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/model.weights.h5",
        model="results/training/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/model.json",
        test=tested_shards,
    output:
        metrics="results/cross-scores/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/on/{other}/{other_set}/"
        "metrics.json",
        scores="results/cross-scores/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/on/{other}/{other_set}/"
        "scores.tsv",
    log:
        "results/logs/cross/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/{other}/{other_set}.log",
    benchmark:
        "results/benchmarks/cross/{union}/{stego_set}/{network}-{head}/{recipe}/seed-{seed}/{other}/{other_set}.tsv"
    threads: training_threads
    resources:
        mem_mb=rising(4000),
        runtime=rising(120),
        gpu=1,
    params:
        recipe=recipe_of,
    script:
        "../scripts/cross_score.py"


rule parameters:
    """Count the parameters of all networks at 256x256: results/training/parameters.tsv."""
    output:
        "results/training/parameters.tsv",
    log:
        "results/logs/parameters.log",
    benchmark:
        "results/benchmarks/parameters.tsv"
    resources:
        mem_mb=rising(4000),
        runtime=rising(30),
    params:
        networks=NETWORKS,
        heads=["fc", "lstm"],
    script:
        "../scripts/parameters.py"
