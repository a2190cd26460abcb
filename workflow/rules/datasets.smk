# Shards -> a page on each stego set; and a look at whether all is still as it was made.


rule card:
    """Describe one stego set for those who use it: results/datasets/bossbase/suniward-0.4bpp.md."""
    input:
        shards=all_shards,
        manifest="results/shards/{source}/{stego_set}/manifest.tsv",
        split="results/covers/{source}/split.tsv",
        remarks="results/covers/{source}/remarks.tsv",
    output:
        "results/datasets/{source}/{stego_set}.md",
    log:
        "results/logs/card/{source}/{stego_set}.log",
    benchmark:
        "results/benchmarks/card/{source}/{stego_set}.tsv"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        source=fields_of("kind", "group", "order", "split_seed"),
    script:
        "../scripts/card.py"


rule datasets:
    """Describe all stego sets of the run."""
    input:
        cards_of(RUN),


rule verify:
    """Hash every cover and shard there is, and compare with the manifests: snakemake --cores 1 verify."""
    log:
        "results/logs/verify.log",
    # no benchmark: once that file is there, Snakemake thinks that all is done
    resources:
        mem_mb=1000,
        runtime=240,
    script:
        "../scripts/verify.py"
