# From photographs to tables of detectability.
#
#   covers.smk     archive, folder or sample -> results/covers/<source>/<split>-<nnn>/*.pgm
#   stego.smk      covers -> results/shards/<source>/<stego set>/<split>-<nnn>.h5 and SHA256SUMS
#   features.smk   covers, shards -> results/features/<set>/<source>/<covers or stego set>/<split>-<nnn>.h5
#   detectors.smk  train and val shards or features -> results/detectors/...; test, once -> scores.tsv, metrics.json
#   results.smk    metrics -> results/summary.csv -> results/tables, results/figures, results/report.html
#   datasets.smk   shards -> results/datasets/<source>/<stego set>.md; verify: covers and shards against their manifests
#
# What is made is in config.yaml; what follows from it, in workflow/plan.py; which rule does what, in workflow/rules.
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.10")


configfile: "config.yaml"


# for clusters that want one: built from workflow/container.def, see docs/cluster.md
container: "workflow/container.sif"


include: "workflow/rules/common.smk"
include: "workflow/rules/covers.smk"
include: "workflow/rules/stego.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/detectors.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/datasets.smk"


rule all:
    default_target: True
    input:
        "results/tables",
        "results/report.html",
        CARDS,


onstart:
    if (note := upgrade.take_over(Path("results"))) is not None:
        print(note, file=sys.stderr)


onerror:
    print("Finished jobs are kept, and nothing half-made: give the same command to go on.", file=sys.stderr)
