# Required: shards, features. Train and val split -> a detector; test split, once -> its scores and metrics.


rule combine:
    """List the covers to leave out where sources are combined, or tested on: results/combined/bossbase+bows2.tsv.

    Each source is split by itself, so that a picture may be in train of one and in test of another:
    results/combined/bossbase/on/bows2.tsv lists those of the test split of bows2.
    """
    input:
        splits=of_combined("split.tsv"),
        pixels=of_combined("pixels.tsv"),
    output:
        "results/combined/{combination}.tsv",
    log:
        "results/logs/combine/{combination}.log",
    benchmark:
        "results/benchmarks/combine/{combination}.tsv"
    resources:
        mem_mb=rising(1000),
        runtime=rising(30),
    params:
        sources=sources_combined,
    script:
        "../scripts/combine.py"


rule train:
    """Train one network: results/detectors/bossbase/suniward-0.4bpp/xu-net-lstm/tuned/seed-1/model.weights.h5."""
    input:
        unpack(BY.training),
    output:
        weights="results/detectors/{detector}/model.weights.h5",
        last="results/detectors/{detector}/last.weights.h5",
        model="results/detectors/{detector}/model.json",
        history="results/detectors/{detector}/history.tsv",
    log:
        "results/logs/train/{detector}.log",
    benchmark:
        "results/benchmarks/train/{detector}.tsv"
    wildcard_constraints:
        detector=NETWORKS,
    threads: BY.threads
    resources:
        mem_mb=rising(8000),
        runtime=rising(2880),
        gpu=1,
    params:
        recipe=BY.recipe,
    script:
        "../scripts/train.py"


rule fit:
    """Fit the classifier of one feature detector: results/detectors/bossbase/wow-0.4bpp/srm-fld/seed-0/model.npz."""
    input:
        unpack(BY.fitting),
    output:
        arrays="results/detectors/{detector}/model.npz",
        model="results/detectors/{detector}/model.json",
    log:
        "results/logs/fit/{detector}.log",
    benchmark:
        "results/benchmarks/fit/{detector}.tsv"
    wildcard_constraints:
        detector=FEATURE_DETECTORS,
    resources:
        mem_mb=BY.memory,
        runtime=rising(240),
    params:
        version=CLASSIFIERS_VERSION,
    script:
        "../scripts/fit.py"


rule deal_anew:
    """Deal photographs anew, fit and score, ten times: results/detectors/sample/wow-1bpp/srm-fld/seed-0/splits-10.tsv."""
    input:
        unpack(BY.dealing_anew),
    output:
        "results/detectors/{detector}/splits-{number}.tsv",
    log:
        "results/logs/deal_anew/{detector}/splits-{number}.log",
    benchmark:
        "results/benchmarks/deal_anew/{detector}/splits-{number}.tsv"
    wildcard_constraints:
        detector=FEATURE_DETECTORS,
        number=r"\d+",
    resources:
        mem_mb=BY.memory_of_splits,
        runtime=rising(480),
    script:
        "../scripts/deal_anew.py"


rule weigh:
    """Choose the weight of a mean: results/detectors/bossbase/wow-0.4bpp/xu-net-fc+srm-fld/tuned/seed-1/model.json."""
    input:
        unpack(BY.weighing),
    output:
        "results/detectors/{detector}/model.json",
    log:
        "results/logs/weigh/{detector}.log",
    benchmark:
        "results/benchmarks/weigh/{detector}.tsv"
    wildcard_constraints:
        detector=MEANS,
    resources:
        mem_mb=rising(1000),
        runtime=rising(30),
    script:
        "../scripts/weigh.py"


rule score:
    """Score a test split: results/detectors/bossbase/wow-0.4bpp/srm-fld/seed-0/on/bows2/wow-0.4bpp/scores.tsv.

    Any detector, on its own stego set or another. On its own also the val split: val-scores.tsv.
    """
    input:
        unpack(BY.scoring),
    output:
        scores="results/detectors/{detector}/on/{tested_source}/{tested_set}/{val}scores.tsv",
        metrics="results/detectors/{detector}/on/{tested_source}/{tested_set}/{val}metrics.json",
    log:
        "results/logs/score/{detector}/on/{tested_source}/{tested_set}/{val}scores.log",
    benchmark:
        "results/benchmarks/score/{detector}/on/{tested_source}/{tested_set}/{val}scores.tsv"
    wildcard_constraints:
        detector=DETECTORS,
    threads: BY.threads
    resources:
        mem_mb=BY.memory,
        runtime=rising(120),
        gpu=scoring_gpus,
    params:
        threads=BY.threads,
        version=SCORES_VERSION,
    script:
        "../scripts/score.py"


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
