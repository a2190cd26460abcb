# From photographs to tables of detectability.
#
#   covers.smk    download or sample -> results/covers/<source>/<split>-<nnn>/*.pgm
#   stego.smk     covers -> results/shards/<source>/<embedder>-<payload><unit>/<split>-<nnn>.h5 and manifest.tsv
#   training.smk  train and val shards -> weights, history; test shards -> scores, metrics
#   results.smk   metrics -> results/tables, results/figures, results/report.html
#   datasets.smk  shards -> results/datasets/<source>/<stego set>.md; verify: covers and shards against their manifests
from snakemake.utils import min_version

min_version("9.10")


configfile: "config.yaml"


# for clusters that want one: built from workflow/container.def, see README.md
container: "workflow/container.sif"


include: "workflow/rules/common.smk"
include: "workflow/rules/run.smk"
include: "workflow/rules/covers.smk"
include: "workflow/rules/stego.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/datasets.smk"


rule all:
    default_target: True
    input:
        "results/tables",
        "results/report.html",
        cards_of(RUN),


onerror:
    print("Finished jobs are kept, and nothing half-made: give the same command to go on.", file=sys.stderr)
