# Reads and checks the configuration; names of shards. Loads no TensorFlow, no Numba, asks no host.
import sys
from itertools import product

from embedders import EMBEDDERS
from models import HEADS, NETWORKS
from stegdata.sources import ARCHIVES
from stegdata.splits import SPLITS, shard_count
from workflow.configuration import ConfigError, check

try:
    check(config)
except ConfigError as error:
    sys.exit(str(error))

RUN = config["runs"][config["run"]]


wildcard_constraints:
    source="[a-z0-9][a-z0-9-]*",
    union="[a-z0-9][a-z0-9+-]*",
    embedder="|".join(EMBEDDERS),
    payload=r"\d+(\.\d+)?",
    unit="bpp|bpnzAC",
    split="|".join(SPLITS),
    shard=r"\d{3}",
    network="|".join(NETWORKS),
    head="|".join(HEADS),
    seed=r"\d+",


def source_of(wildcards):
    """Entry of `sources` that a path names, as parameters of its rule."""
    if wildcards.source not in config["sources"]:
        sys.exit(
            f"{wildcards.source}: expected a source of config.yaml ({', '.join(config['sources'])}), got another"
        )
    return config["sources"][wildcards.source]


def archive_of(wildcards):
    """The file or folder that covers are read from: the user's own, the downloaded one, or none for the sample."""
    source = source_of(wildcards)
    if source["path"] is not None:
        return source["path"]
    return (
        f"resources/{wildcards.source}/{ARCHIVES[source['kind']].file}"
        if source["kind"] in ARCHIVES
        else []
    )


def shards_of(union, stego_set, *splits):
    """Paths of the shards of some splits; a union holds the shards of each of its sources."""
    return [
        f"results/shards/{name}/{stego_set}/{split}-{number:03d}.h5"
        for split in splits
        for name in union.split("+")
        for number in range(
            shard_count(
                config["sources"][name][split], config["sources"][name]["shard_pairs"]
            )
        )
    ]


def stego_set_of(wildcards):
    """Name of a stego set below its source."""
    return f"{wildcards.embedder}-{wildcards.payload}{wildcards.unit}"


def all_shards(wildcards):
    """All shards of the stego set of one source."""
    source_of(wildcards)
    return shards_of(wildcards.source, stego_set_of(wildcards), *SPLITS)


def train_shards(wildcards):
    """Shards to learn from."""
    return shards_of(wildcards.union, stego_set_of(wildcards), "train")


def val_shards(wildcards):
    """Shards to choose the checkpoint by."""
    return shards_of(wildcards.union, stego_set_of(wildcards), "val")


def test_shards(wildcards):
    """Shards that are scored once."""
    return shards_of(wildcards.union, stego_set_of(wildcards), "test")


def embedder_version(wildcards):
    """Version of an embedder: a rule that carries it runs again when it is raised."""
    return EMBEDDERS[wildcards.embedder].version


def recipe_of(wildcards):
    """Recipe of a network in this run."""
    if wildcards.network not in RUN["recipes"]:
        sys.exit(
            f"runs.{config['run']}.recipes: expected a recipe for {wildcards.network}, got none: add one in config.yaml"
        )
    return config["recipes"][RUN["recipes"][wildcards.network]]


def trainings_of(run):
    """Folders of all trainings of a run, each once."""
    folders = (
        f"results/training/{union}/{embedder}-{payload:g}{EMBEDDERS[embedder].unit}/{network}-{head}/seed-{seed}"
        for e in run["experiments"]
        for union, embedder, payload, network, head, seed in product(
            e["sources"],
            e["embedders"],
            e["payloads"],
            e["networks"],
            e["heads"],
            run["seeds"],
        )
    )
    return list(dict.fromkeys(folders))


def training_threads(wildcards):
    """CPU threads of one training."""
    return recipe_of(wildcards)["threads"]


def manifests_of(run):
    """Manifests of all stego sets of a run, each once."""
    paths = (
        f"results/shards/{source}/{embedder}-{payload:g}{EMBEDDERS[embedder].unit}/manifest.tsv"
        for e in run["experiments"]
        for union, embedder, payload in product(
            e["sources"], e["embedders"], e["payloads"]
        )
        for source in union.split("+")
    )
    return list(dict.fromkeys(paths))
