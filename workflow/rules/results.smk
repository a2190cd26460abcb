# Required: scores of all detectors of the run. Scores -> one summary -> tables, figures, report.

MANIFESTS = [f"{stego_set.shards}/SHA256SUMS" for stego_set in PLAN.stego_sets]
SHOWN = [(stego_set, PLAN.shown(stego_set)) for stego_set in PLAN.stego_sets]


rule summary:
    """Sum up all scores: results/summary.csv, a row a detector and tested stego set."""
    input:
        metrics=[detector.scored(tested, "metrics.json") for detector, tested in PLAN.scorings],
        manifests=MANIFESTS,
        features=PLAN.feature_manifests,
    output:
        "results/summary.csv",
    log:
        "results/logs/summary.log",
    benchmark:
        "results/benchmarks/summary.tsv"
    resources:
        mem_mb=rising(1000),
        runtime=rising(30),
    params:
        scorings=[(str(detector), str(tested)) for detector, tested in PLAN.scorings],
    script:
        "../scripts/summary.py"


rule report:
    """Lay out what was found: results/tables, results/figures, and results/report.html with both."""
    input:
        summary="results/summary.csv",
        parameters="results/parameters.tsv",
        scores=[detector.scored(tested, "scores.tsv") for detector, tested in PLAN.scorings],
        val_scores=PLAN.val_scores,
        dealt_anew=list(PLAN.dealt_anew),
        choices=[detector.file("model.json") for detector in PLAN.classifiers],
        histories=[detector.file("history.tsv") for detector in PLAN.networks],
        manifests=MANIFESTS,
        splits=[f"results/covers/{source}/split.tsv" for source in PLAN.sources],
        exclusions=[f"results/covers/{source}/exclusions.tsv" for source in PLAN.sources],
        conflicts=PLAN.conflict_tables,
        shards=[stego_set.shard(part) for stego_set, part in SHOWN],
        covers=ancient([folder for stego_set, part in SHOWN for folder in stego_set.jpeg_covers(part)]),
    output:
        tables=report(
            directory("results/tables"),
            patterns=["{table}.md", "{table}.csv"],
            category="Tables",
            caption="../report/tables.rst",
        ),
        figures=report(
            directory("results/figures"),
            patterns=["{figure}.png"],
            category="Figures",
            caption="../report/figures.rst",
        ),
        page="results/report.html",
    log:
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.tsv"
    resources:
        mem_mb=rising(2000),
        runtime=rising(30),
    params:
        settings=PLAN.settings,
    script:
        "../scripts/report.py"
