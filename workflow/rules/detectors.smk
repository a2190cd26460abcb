# Required: shards. Train and val shards -> a detector; test shards, once -> its scores and metrics.


rule combine:
    """Tell the covers that are left out where sources are combined: results/combined/bossbase+bows2.tsv.

    Each source is dealt to splits by itself, so that a picture may be in train of one and in test of another.
    """
    input:
        splits=asked(combined_splits),
        pixels=asked(combined_pixels),
    output:
        "results/combined/{source}.tsv",
    log:
        "results/logs/combine/{source}.log",
    benchmark:
        "results/benchmarks/combine/{source}.tsv"
    resources:
        mem_mb=rising(1000),
        runtime=rising(30),
    params:
        sources=asked(combined_sources),
    script:
        "../scripts/combine.py"


use rule combine as cross_combine with:
    output:
        "results/combined/{source}/on/{tested_source}.tsv",
    log:
        "results/logs/cross-combine/{source}/on/{tested_source}.log",
    benchmark:
        "results/benchmarks/cross-combine/{source}/on/{tested_source}.tsv"


rule train:
    """Train one network: results/detectors/bossbase/suniward-0.4bpp/xu-net-lstm/tuned/seed-1/model.weights.h5."""
    input:
        train=asked(shards, "train"),
        val=asked(shards, "val"),
        probabilities=asked(probabilities),
        warm_start=asked(warm_start),
        torn=asked(torn),
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
        torn=asked(cross_torn),
    output:
        metrics="results/cross-dataset/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}/metrics.json",
        scores="results/cross-dataset/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}/scores.tsv",
    log:
        "results/logs/cross-evaluate/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}.log",
    benchmark:
        "results/benchmarks/cross-evaluate/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}.tsv"


rule fit:
    """Fit the classifier of one feature detector: results/detectors/bossbase/wow-0.4bpp/srm-fld/seed-0/model.npz."""
    input:
        train=asked(shards, "train"),
        train_stegos=asked(stego_features, "train"),
        train_covers=asked(cover_features, "train"),
        val=asked(shards, "val"),
        val_stegos=asked(stego_features, "val"),
        val_covers=asked(cover_features, "val"),
        splits=asked(splits_of),
        torn=asked(torn),
    output:
        model="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/model.npz",
        described="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/model.json",
    log:
        "results/logs/fit/{source}/{stego_set}/{detector}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/fit/{source}/{stego_set}/{detector}/seed-{seed}.tsv"
    wildcard_constraints:
        detector=FEATURE_DETECTORS,
    resources:
        mem_mb=fitting_memory,
        runtime=rising(240),
    params:
        sources=asked(sources_of),
    script:
        "../scripts/fit.py"


rule score:
    """Score the test split by features: results/detectors/bossbase/wow-0.4bpp/srm-fld/seed-0/metrics.json."""
    input:
        model="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/model.npz",
        described="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/model.json",
        test=asked(shards, "test"),
        test_stegos=asked(stego_features, "test"),
        test_covers=asked(cover_features, "test"),
    output:
        metrics="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/metrics.json",
        scores="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/scores.tsv",
    log:
        "results/logs/score/{source}/{stego_set}/{detector}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/score/{source}/{stego_set}/{detector}/seed-{seed}.tsv"
    wildcard_constraints:
        detector=FEATURE_DETECTORS,
    resources:
        mem_mb=fitting_memory,
        runtime=rising(60),
    script:
        "../scripts/score.py"


use rule score as cross_score with:
    input:
        model="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/model.npz",
        described="results/detectors/{source}/{stego_set}/{detector}/seed-{seed}/model.json",
        test=asked(cross_shards),
        torn=asked(cross_torn),
        test_stegos=asked(cross_stego_features),
        test_covers=asked(cross_cover_features),
    output:
        metrics="results/cross-dataset/{source}/{stego_set}/{detector}/seed-{seed}/on/{tested_source}/{tested_set}/metrics.json",
        scores="results/cross-dataset/{source}/{stego_set}/{detector}/seed-{seed}/on/{tested_source}/{tested_set}/scores.tsv",
    log:
        "results/logs/cross-score/{source}/{stego_set}/{detector}/seed-{seed}/on/{tested_source}/{tested_set}.log",
    benchmark:
        "results/benchmarks/cross-score/{source}/{stego_set}/{detector}/seed-{seed}/on/{tested_source}/{tested_set}.tsv"


rule weigh:
    """Choose the weight of a mean: results/detectors/bossbase/wow-0.4bpp/xu-net-fc+srm-fld/tuned/seed-1/model.json."""
    input:
        unpack(asked(weighed)),
        torn=asked(torn),
    output:
        "results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/model.json",
    log:
        "results/logs/weigh/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/weigh/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}.tsv"
    wildcard_constraints:
        detector=MEANS,
    threads: asked(training_threads)
    resources:
        mem_mb=rising(4000),
        runtime=rising(120),
        gpu=1,
    params:
        recipe=asked(recipe),
    script:
        "../scripts/weigh.py"


rule mean:
    """Take the mean of the scores of the test split: .../xu-net-fc+srm-fld/tuned/seed-1/metrics.json."""
    input:
        unpack(asked(scores_of_both)),
        weights="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/model.json",
    output:
        metrics="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/metrics.json",
        scores="results/detectors/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/scores.tsv",
    log:
        "results/logs/mean/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/mean/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}.tsv"
    wildcard_constraints:
        detector=MEANS,
    resources:
        mem_mb=rising(1000),
        runtime=rising(30),
    script:
        "../scripts/mean.py"


use rule mean as cross_mean with:
    output:
        metrics="results/cross-dataset/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}/metrics.json",
        scores="results/cross-dataset/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}/scores.tsv",
    log:
        "results/logs/cross-mean/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}.log",
    benchmark:
        "results/benchmarks/cross-mean/{source}/{stego_set}/{detector}/{recipe}/seed-{seed}/on/{tested_source}/{tested_set}.tsv"


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
        networks=list(published.TABLE_5),
        heads=["fc", "lstm"],
    script:
        "../scripts/parameters.py"
