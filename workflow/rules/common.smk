# Reads and checks the configuration; names of shards. Loads no TensorFlow, no Numba, asks no host.
import re
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

from embedders import EMBEDDERS
from models import HEADS, NETWORKS
from stegdata import DataError
from stegdata.alaska2 import FOLDERS
from stegdata.databases import ARCHIVES
from stegdata.names import GIVEN, StegoSet, parse_stego_set
from stegdata.splits import SPLITS, shard_count
from workflow.configuration import ConfigError, apart, check, union_problems

try:
    check(config, " + ".join(map(str, workflow.configfiles)))
except ConfigError as error:
    sys.exit(str(error))

RUN = config["runs"][config["run"]]


SPATIAL = [name for name, embedder in EMBEDDERS.items() if embedder.domain == "spatial"]
JPEG = [name for name, embedder in EMBEDDERS.items() if embedder.domain == "jpeg"]


wildcard_constraints:
    source="[a-z0-9][a-z0-9-]*",
    union="[a-z0-9][a-z0-9+-]*",
    embedder="|".join(EMBEDDERS),
    quality=r"\d+",
    payload=r"\d+(\.\d+)?",
    stego_set=r"[a-z][a-z0-9+.-]*",
    other="[a-z0-9][a-z0-9+-]*",
    other_set=r"[a-z][a-z0-9+.-]*",
    split="|".join(SPLITS),
    shard=r"\d{3}",
    network="|".join(NETWORKS),
    head="|".join(HEADS),
    recipe="[a-z0-9][a-z0-9.-]*",
    seed=r"\d+",


def rising(amount):
    """Megabytes or minutes of a job: so much at the first attempt, twice and three times that when it is tried again."""

    def of_attempt(wildcards, attempt):
        return amount * attempt

    return of_attempt


def source_named(name):
    """Entry of `sources`; ends with one line where a path names another."""
    if name not in config["sources"]:
        sys.exit(f"{name}: expected a source of config.yaml ({', '.join(config['sources'])}), got another")
    return config["sources"][name]


def source_of(wildcards):
    """Entry of `sources` that a path names, as parameters of its rule."""
    return source_named(wildcards.source)


def fields_of(*keys):
    """A function from wildcards to some fields of a source: a job runs again when one of these changes, and only then."""

    def fields(wildcards):
        source = source_of(wildcards)
        return {key: source[key] for key in keys if key in source}

    return fields


def kind_to_download(wildcards):
    """Kind of a source that has an archive of this name to download."""
    kind = source_of(wildcards)["kind"]
    if kind not in ARCHIVES or ARCHIVES[kind].file != wildcards.archive:
        sys.exit(
            f"resources/{wildcards.source}/{wildcards.archive}: expected a file at hand: {kind} has no such download"
        )
    return kind


def archive_of(wildcards):
    """The file or folder that covers are read from: the user's own, the downloaded one, or none for the sample."""
    source = source_of(wildcards)
    if source["path"] is not None:
        return source["path"]
    if source["kind"] == "alaska2":
        return "resources/alaska2" if Path("resources/alaska2").is_dir() else "resources/alaska2.path"
    return f"resources/{wildcards.source}/{ARCHIVES[source['kind']].file}" if source["kind"] in ARCHIVES else []


def stego_set_named(name):
    """A stego set by its name; ends with one line where a path has none, or a second one for the same set."""
    try:
        return parse_stego_set(name)
    except DataError as error:
        sys.exit(str(error))


def stego_set_of(wildcards):
    """Name of the stego set that a path of a shard is in."""
    quality = f"q{wildcards.quality}-" if "quality" in wildcards.keys() else ""
    unit = EMBEDDERS[wildcards.embedder].unit.lower()
    return str(stego_set_named(f"{wildcards.embedder}-{quality}{wildcards.payload}{unit}"))


def shards_of(union, stego_set, *splits):
    """Paths of the shards of some splits; a union of sources or embedders holds the shards of each of them."""
    sets = stego_set_named(stego_set)
    if (problem := next(union_problems(union, config["sources"]), None)) is not None:
        sys.exit(f"{union}: {problem}")
    return [
        f"results/shards/{name}/{embedder}-{sets.condition}/{split}-{number:03d}.h5"
        for split in splits
        for name in union.split("+")
        for embedder in sets.embedders
        for number in range(shard_count(source_named(name)[split], source_named(name)["shard_pairs"]))
    ]


def all_shards(wildcards):
    """All shards of the stego set of one source."""
    return shards_of(wildcards.source, wildcards.stego_set, *SPLITS)


def jpeg_shards(wildcards):
    """All shards of a JPEG stego set of one source."""
    name = f"{wildcards.embedder}-q{wildcards.quality}-{wildcards.payload}bpnzac"
    return shards_of(wildcards.source, name, *SPLITS)


def train_shards(wildcards):
    """Shards to learn from."""
    return shards_of(wildcards.union, wildcards.stego_set, "train")


def val_shards(wildcards):
    """Shards to choose the checkpoint by."""
    return shards_of(wildcards.union, wildcards.stego_set, "val")


def test_shards(wildcards):
    """Shards that are scored once."""
    return shards_of(wildcards.union, wildcards.stego_set, "test")


def tested_shards(wildcards):
    """Test shards of another stego set than the one that was trained on."""
    if not apart(wildcards.union, wildcards.other, config["sources"]):
        sys.exit(f"{wildcards.other}: expected images that {wildcards.union} was not trained on, got the same ones")
    return shards_of(wildcards.other, wildcards.other_set, "test")


def jpeg_covers(wildcards):
    """Folders of the JPEG covers of a stego set of one source."""
    source, quality = source_of(wildcards), wildcards.quality
    return [
        f"results/covers/{wildcards.source}/q{quality}/{split}-{number:03d}"
        for split in SPLITS
        for number in range(shard_count(source[split], source["shard_pairs"]))
    ]


def embedder_version(wildcards):
    """Version of an embedder: a rule that carries it runs again when it is raised."""
    return EMBEDDERS[wildcards.embedder].version


def recipe_named(name):
    """Entry of `recipes`; ends with one line where a path names another."""
    if name not in config["recipes"]:
        sys.exit(f"{name}: expected a recipe of config.yaml ({', '.join(config['recipes'])}), got another")
    return config["recipes"][name]


def recipe_of(wildcards):
    """Recipe that a path of a training names."""
    return recipe_named(wildcards.recipe)


def change_shards(wildcards):
    """Change probabilities of the shards to learn from, where stegos are drawn afresh."""
    if recipe_of(wildcards).get("stego") != "fresh":
        return []
    return [path.replace("results/shards/", "results/changes/") for path in train_shards(wildcards)]


def start_of(wildcards):
    """Weights that a training starts from, with what their network is built from."""
    start = recipe_of(wildcards).get("start")
    if start is None:
        return []
    stego_set = stego_set_named(wildcards.stego_set)
    if "payload" in start:
        stego_set = replace(stego_set, payload=float(start["payload"]))
    head = start.get("head", wildcards.head)
    training = f"{wildcards.union}/{stego_set}/{wildcards.network}-{head}/{start['recipe']}/seed-{wildcards.seed}"
    return [f"results/training/{training}/{file}" for file in ("model.weights.h5", "model.json")]


def training_threads(wildcards):
    """CPU threads of one training."""
    return recipe_of(wildcards)["threads"]
