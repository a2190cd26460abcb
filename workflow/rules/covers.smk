# Required: `sources` of the configuration. Archive, folder or sample -> covers, dealt to splits and resized.


# where there is a network: on a cluster the machine that runs Snakemake, not a node
localrules:
    download,
    kaggle,


rule download:
    """Fetch resources/bossbase/BOSSbase_1.01.zip, whole or not at all; what breaks off is resumed by the next run."""
    output:
        "resources/{source}/{archive}",
    log:
        "results/logs/download/{source}/{archive}.log",
    benchmark:
        "results/benchmarks/download/{source}/{archive}.tsv"
    wildcard_constraints:
        archive="|".join(re.escape(kind.archive.file) for kind in KINDS.values() if kind.archive),
    resources:
        mem_mb=rising(1000),
        runtime=rising(1440),
    params:
        kind=BY.archive_kind,
    script:
        "../scripts/download.py"


rule kaggle:
    """Fetch ALASKA2 by kagglehub into its own cache and note where it lies, or say which steps are missing."""
    output:
        # never the data themselves: what is an output may be deleted
        KAGGLE,
    log:
        "results/logs/download/alaska2.log",
    benchmark:
        "results/benchmarks/download/alaska2.tsv"
    resources:
        mem_mb=rising(2000),
        runtime=rising(1440),
    script:
        "../scripts/kaggle.py"


rule split:
    """List the covers of bossbase and deal them to train, val and test: results/covers/bossbase/split.tsv.

    exclusions.tsv tells which were left out, and what is to be known of others; pixels.tsv holds a hash of each image's
    pixels, by which the same picture under two names is found.
    """
    input:
        place=BY.fetched,
    output:
        split="results/covers/{source}/split.tsv",
        exclusions="results/covers/{source}/exclusions.tsv",
        pixels="results/covers/{source}/pixels.tsv",
    log:
        "results/logs/split/{source}.log",
    benchmark:
        "results/benchmarks/split/{source}.tsv"
    resources:
        mem_mb=rising(2000),
        runtime=rising(60),
    params:
        kind=BY.fields("kind", "group", "size", "resize", "tiles"),
        stamp=BY.stamp,
        deal=BY.dealing,
    script:
        "../scripts/split.py"


rule covers:
    """Resize the covers of one part: results/covers/bossbase/train-000/1013.pgm."""
    input:
        place=BY.fetched,
        split="results/covers/{source}/split.tsv",
    output:
        directory("results/covers/{source}/{split}-{shard}"),
    log:
        "results/logs/covers/{source}/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/covers/{source}/{split}-{shard}.tsv"
    resources:
        mem_mb=rising(2000),
        runtime=rising(60),
    params:
        source=BY.fields("kind", "size", "resize", "tiles"),
    script:
        "../scripts/covers.py"


rule jpeg_covers:
    """Compress the covers of one part: results/covers/bossbase/q75/train-000/1013.jpg."""
    input:
        unpack(compressed),
    output:
        directory("results/covers/{source}/q{quality}/{split}-{shard}"),
    log:
        "results/logs/jpeg-covers/{source}/q{quality}/{split}-{shard}.log",
    benchmark:
        "results/benchmarks/jpeg-covers/{source}/q{quality}/{split}-{shard}.tsv"
    resources:
        mem_mb=rising(1000),
        runtime=rising(60),
    params:
        source=BY.fields("resize"),
    script:
        "../scripts/jpeg_covers.py"
