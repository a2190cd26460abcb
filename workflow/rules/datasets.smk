# Required: shards. Shards -> a card of each stego set; and a look at whether all is still as it was made.

CARDS = [f"results/datasets/{stego_set}.md" for stego_set in PLAN.stego_sets]


rule card:
    """Describe one stego set for those who use it: results/datasets/bossbase/suniward-0.4bpp.md."""
    input:
        shards=BY.shards,
        sums="results/shards/{source}/{stego_set}/SHA256SUMS",
        split="results/covers/{source}/split.tsv",
        exclusions="results/covers/{source}/exclusions.tsv",
    output:
        "results/datasets/{source}/{stego_set}.md",
    log:
        "results/logs/card/{source}/{stego_set}.log",
    benchmark:
        "results/benchmarks/card/{source}/{stego_set}.tsv"
    resources:
        mem_mb=rising(1000),
        runtime=rising(30),
    params:
        source=BY.fields("kind", "group", "order", "split_seed"),
    script:
        "../scripts/card.py"


rule datasets:
    """Describe all stego sets of the run."""
    input:
        CARDS,


rule verify:
    """Hash every cover, shard and file of features, and compare with SHA256SUMS: snakemake --cores 1 verify."""
    log:
        "results/logs/verify.log",
    # no benchmark: once that file is there, Snakemake thinks that all is done
    resources:
        mem_mb=rising(1000),
        runtime=rising(240),
    script:
        "../scripts/verify.py"
