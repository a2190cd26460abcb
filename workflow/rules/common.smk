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
from stegdata.names import GIVEN, StegoSet, parse_stego_set
from stegdata.sources import ARCHIVES
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
        return "resources/alaska2" if Path("resources/alaska2").is_dir() else "resources/alaska2.missing"
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


def stego_sets_of(experiment):
    """Stego sets of an experiment: embedders (or unions of some) x payloads x, for JPEG, qualities."""
    for embedder_names, payload in product(experiment["embedders"], experiment["payloads"]):
        names = tuple(embedder_names.split("+"))
        unit = EMBEDDERS[names[0]].unit.lower()
        if payload == GIVEN:
            yield StegoSet(names, None, None, None)
        else:
            qualities = experiment["qualities"] if names[0] in JPEG else [None]
            yield from (StegoSet(names, quality, payload, unit) for quality in qualities)


def sweeps_of(run):
    """(embedder, quality, payloads) -> sources, where an experiment lists several payloads: one job embeds them all.

    A stego set that two experiments list belongs to the first of them.
    """
    taken, sweeps = set(), {}
    for e in run["experiments"]:
        made = [stego_set for stego_set in stego_sets_of(e) if stego_set.payload is not None]
        sources = dict.fromkeys(part for union in e["sources"] for part in union.split("+"))
        kinds = dict.fromkeys((name, stego_set.quality) for stego_set in made for name in stego_set.embedders)
        for source, (embedder, quality) in product(sources, kinds):
            payloads = dict.fromkeys(s.payload for s in made if embedder in s.embedders and s.quality == quality)
            keys = {payload: (source, embedder, quality, payload) for payload in payloads}
            left = tuple(sorted(payload for payload, key in keys.items() if key not in taken))
            taken |= set(keys.values())
            if len(left) > 1:
                sweeps.setdefault((embedder, quality, left), []).append(source)
    return sweeps


def trainings_of(run):
    """Folders of all trainings of a run, each once."""
    folders = (
        f"results/training/{union}/{stego_set}/{network}-{head}/{(run['recipes'] | e.get('recipes', {}))[network]}/"
        f"seed-{seed}"
        for e in run["experiments"]
        for union, stego_set, network, head, seed in product(
            e["sources"], stego_sets_of(e), e["networks"], e["heads"], run["seeds"]
        )
    )
    return list(dict.fromkeys(folders))


def manifests_of(run):
    """Manifests of all stego sets of a run, each once."""
    paths = (
        f"results/shards/{source}/{embedder}-{stego_set.condition}/manifest.tsv"
        for e in run["experiments"]
        for union, stego_set in product(e["sources"], stego_sets_of(e))
        for source in union.split("+")
        for embedder in stego_set.embedders
    )
    return list(dict.fromkeys(paths))


def yardsticks_of(run):
    """Folders of the yardsticks of a run: one for each union and stego set."""
    return list(dict.fromkeys(str(Path(t).parents[2] / "spam-lda/yardstick/seed-0") for t in trainings_of(run)))


def splits_of(run):
    """Source -> its split.tsv, of all sources of a run."""
    names = {part for e in run["experiments"] for union in e["sources"] for part in union.split("+")}
    return {name: f"results/covers/{name}/split.tsv" for name in sorted(names)}


def crosses_of(run):
    """Metrics of every training of a run on every stego set of the run that has images of its size."""
    sets = dict.fromkeys(
        (union, str(stego_set)) for e in run["experiments"] for union in e["sources"] for stego_set in stego_sets_of(e)
    )

    def size_of(union):
        return config["sources"][union.partition("+")[0]]["size"]

    return [
        f"{training.replace('results/training/', 'results/cross-scores/')}/on/{other}/{other_set}/metrics.json"
        for training in trainings_of(run)
        for other, other_set in sets
        if size_of(Path(training).parts[2]) == size_of(other)
        and apart(Path(training).parts[2], other, config["sources"])
    ]
