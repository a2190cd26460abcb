# Metrics of all trainings of the run -> tables and figures.


rule tables:
    """Lay out the paper's tables and the training curves: results/tables, results/figures."""
    input:
        metrics=expand("{training}/metrics.json", training=[*trainings_of(RUN), *yardsticks_of(RUN)]),
        scores=expand("{training}/scores.tsv", training=trainings_of(RUN)),
        histories=expand("{training}/history.tsv", training=trainings_of(RUN)),
        manifests=manifests_of(RUN),
        splits=splits_of(RUN).values(),
        parameters="results/training/parameters.tsv",
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
            category="Training curves",
            caption="../report/figures.rst",
        ),
    log:
        "results/logs/tables.log",
    benchmark:
        "results/benchmarks/tables.tsv"
    resources:
        mem_mb=rising(2000),
        runtime=rising(30),
    params:
        run=config["run"],
        sources=list(splits_of(RUN)),
    script:
        "../scripts/tables.py"


rule report:
    """Draw what happened and how well it is detected: results/report.html, and its figures in results/report."""
    input:
        tables="results/tables",
        figures="results/figures",
        metrics=expand("{training}/metrics.json", training=[*trainings_of(RUN), *yardsticks_of(RUN)]),
        scores=expand("{training}/scores.tsv", training=[*trainings_of(RUN), *yardsticks_of(RUN)]),
        cross=cross_if_made,
        manifests=manifests_of(RUN),
        splits=splits_of(RUN).values(),
        shards=shown_shards(RUN),
        jpeg_covers=shown_covers(RUN),
    output:
        page="results/report.html",
        figures=directory("results/report"),
    log:
        "results/logs/report.log",
    benchmark:
        "results/benchmarks/report.tsv"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        run=config["run"],
        seed=config["seed"],
        seeds=RUN["seeds"],
        sources=described_sources(RUN),
        recipes=recipes_of(RUN),
    script:
        "../scripts/report.py"


rule cross:
    """Test every training of the run on every stego set of the run: results/cross/cross.md, cross.csv, *.png."""
    input:
        crosses_of(RUN),
    output:
        report(
            directory("results/cross"),
            patterns=["{table}.md", "{table}.csv", "{figure}.png"],
            category="Cross-dataset",
            caption="../report/cross.rst",
        ),
    log:
        "results/logs/cross.log",
    benchmark:
        "results/benchmarks/cross.tsv"
    resources:
        mem_mb=rising(2000),
        runtime=rising(30),
    script:
        "../scripts/cross.py"
