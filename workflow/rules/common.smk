# The plan of the configuration, and how rules ask it. Loads no TensorFlow, no Numba, asks no host.
import re
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path

import models
from embedders import EMBEDDERS
from models.features import FEATURES, check_domain
from stegdata import DataError
from stegdata.folders import check_apart
from stegdata.names import COVERS, PLUS, PRECOMPUTED, Part, StegoSet, TrainedDetector
from stegdata.sources import stamps
from stegdata.sources.kinds import KINDS
from stegdata.splits import SPLITS
from workflow.configuration import ConfigError, check
from workflow import gpus
from workflow.plan import KAGGLE, Plan, names_of
from workflow.report import published

try:
    PLAN = Plan(check(config, " + ".join(map(str, workflow.configfiles))))
except ConfigError as error:
    sys.exit(str(error))

# a local run starts no more trainings than there are GPUs; on a cluster its scheduler deals them
if workflow.local_exec and gpus.count() and "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", gpus.count())


PAYLOAD = r"\d+(\.\d+)?"
EMBEDDED = rf"({names_of('spatial')})-{PAYLOAD}bpp|({names_of('jpeg')})-q\d+-{PAYLOAD}bpnzac"
PRECOMPUTED_SETS = f"({names_of('jpeg')})-{PRECOMPUTED}"
NETWORKS = f"({'|'.join(models.NETWORKS)})-({'|'.join(models.HEADS)})"
FEATURE_DETECTORS = "|".join(models.FEATURE_DETECTORS)
MEANS = rf"({NETWORKS})\+({FEATURE_DETECTORS})"
COVER_SET = re.compile(rf"{COVERS}(-q(?P<quality>\d+))?", re.ASCII)


wildcard_constraints:
    source="[a-z0-9][a-z0-9+-]*",
    quality=r"\d+",
    stego_set=r"[a-z][a-z0-9+.-]*",
    tested_source="[a-z0-9][a-z0-9+-]*",
    tested_set=r"[a-z][a-z0-9+.-]*",
    split="|".join(SPLITS),
    shard=r"\d{3}",
    recipe="[a-z0-9][a-z0-9.-]*",
    seed=r"\d+",


def rising(amount):
    """Megabytes or minutes of a job: so much at the first attempt, twice and three times that when it is tried again."""

    def of_attempt(wildcards, attempt):
        return amount * attempt

    return of_attempt


def asked(question, *details):
    """A function of wildcards that asks the plan; a path that names something unknown ends with one line."""

    def answer(wildcards):
        try:
            return question(wildcards, *details)
        except DataError as error:
            sys.exit(str(error))

    return answer


def stego_set_of(wildcards):
    """Stego set that a path names."""
    return StegoSet.named(wildcards.source, wildcards.stego_set)


def part_of(wildcards):
    """Part of a split that a path names."""
    return Part(wildcards.split, int(wildcards.shard))


def detector_of(wildcards):
    """Detector that a path names."""
    recipe = wildcards.recipe if "recipe" in wildcards.keys() else ""
    return TrainedDetector(stego_set_of(wildcards), wildcards.detector, recipe, int(wildcards.seed))


def fields(wildcards, *keys):
    """Some fields of a source: a job runs again when one of these changes, and only then."""
    return {key: PLAN.source(wildcards.source)[key] for key in keys}


def fetched(wildcards):
    """What the covers of a source are read from, where it is not the user's own."""
    return PLAN.fetched(wildcards.source)


def stamp(wildcards):
    """What stands for a user's own folder or archive: the same as long as its images are, wherever it lies."""
    return stamp_of(wildcards.source)


@cache
def stamp_of(source):
    """The same, asked once a source."""
    own = PLAN.own(source)
    if own is None:
        return None
    check_apart(Path("results"), Path(own))
    return stamps.stamp(Path(own), stamps.path_of(source))


def embedded_covers(wildcards):
    """Folder of the covers that a shard is embedded in."""
    return stego_set_of(wildcards).covers(part_of(wildcards))


def shards(wildcards, *splits):
    """Shards of some splits of a stego set; of all where none is named."""
    return PLAN.shards(stego_set_of(wildcards), *splits)


def jpeg_covers(wildcards):
    """JPEG covers of each shard of a stego set; none in the spatial domain."""
    return PLAN.cover_folders(stego_set_of(wildcards))


def embedder_version(wildcards):
    """Version of an embedder: a rule that carries it runs again when it is raised."""
    return EMBEDDERS[stego_set_of(wildcards).embedder].version


def recipe(wildcards):
    """Recipe of a training."""
    return asdict(PLAN.recipe(wildcards.recipe))


def training_threads(wildcards):
    """CPU threads of a training."""
    return PLAN.recipe(wildcards.recipe).threads


# ---- covers


def kind_with_archive(wildcards):
    """Kind of a source that has an archive of this name to download."""
    return PLAN.kind_with_archive(wildcards.source, wildcards.archive)


# ---- stego


def left_out(wildcards):
    """Covers of a split that an embedder may refuse."""
    return PLAN.left_out(wildcards.source, wildcards.split)


# ---- features


def extracted(wildcards):
    """What features are taken of: a folder of covers, or a shard, for a JPEG set with the folder of its covers."""
    part = part_of(wildcards)
    covers = COVER_SET.fullmatch(wildcards.stego_set)
    if covers is not None:
        quality = f"q{covers['quality']}/" if covers["quality"] else ""
        return {"covers": f"results/covers/{wildcards.source}/{quality}{part}"}
    stego_set = stego_set_of(wildcards)
    check_domain(wildcards.features, stego_set)
    found = {"shard": stego_set.shard(part)}
    if FEATURES[wildcards.features].domain == "jpeg":
        found["covers"] = stego_set.inputs(part)
    return found


def feature_version(wildcards):
    """Version of a feature set: a rule that carries it runs again when it is raised."""
    return FEATURES[wildcards.features].version


def feature_parts(wildcards):
    """Features of all parts of a source or stego set."""
    folder = f"results/features/{wildcards.features}/{wildcards.source}/{wildcards.stego_set}"
    return [f"{folder}/{part}.h5" for part in PLAN.parts(wildcards.source, *SPLITS)]


# ---- detectors


def warm_start(wildcards):
    """Weights that a training starts from, with what their network is built from."""
    start = PLAN.warm_start(detector_of(wildcards))
    return [] if start is None else [start.file("model.weights.h5"), start.file("model.json")]


def probabilities(wildcards):
    """Change probabilities of the shards to learn from, where stegos are embedded online."""
    return PLAN.probabilities(detector_of(wildcards))


def tested_set_of(wildcards):
    """Another stego set, whose test split is scored."""
    return StegoSet.named(wildcards.tested_source, wildcards.tested_set)


def cross_shards(wildcards):
    """Test shards of another stego set."""
    return PLAN.cross_shards(detector_of(wildcards), tested_set_of(wildcards))


def means_of(wildcards):
    """The network and the feature detector whose mean is taken."""
    return PLAN.mean_parts(detector_of(wildcards))


def weighed(wildcards):
    """What the weight of a mean is chosen by: both detectors, and what they score of the val split."""
    network, features = means_of(wildcards)
    stego_set, feature_set = network.stego_set, features.kind
    return {
        "network": [network.file("model.weights.h5"), network.file("model.json")],
        "features": [features.file("model.npz"), features.file("model.json")],
        "val": PLAN.shards(stego_set, "val"),
        "val_stegos": PLAN.stego_features(feature_set, stego_set, "val"),
        "val_covers": PLAN.cover_features(feature_set, stego_set, "val"),
    }


def scores_of_both(wildcards):
    """Scores of the two detectors whose mean is taken, on their own test split or another one."""
    network, features = means_of(wildcards)
    tested = tested_set_of(wildcards) if "tested_set" in wildcards.keys() else network.stego_set
    return {
        "network": network.scored(tested, "scores.tsv"),
        "features": features.scored(tested, "scores.tsv"),
        "metrics": network.scored(tested, "metrics.json"),
    }


def feature_set_of(wildcards):
    """Feature set of a detector."""
    return wildcards.detector.rpartition("-")[0]


def stego_features(wildcards, *splits):
    """Features of the stegos of some splits."""
    return PLAN.stego_features(feature_set_of(wildcards), stego_set_of(wildcards), *splits)


def cover_features(wildcards, *splits):
    """Features of the covers of some splits."""
    return PLAN.cover_features(feature_set_of(wildcards), stego_set_of(wildcards), *splits)


def cross_stego_features(wildcards):
    """Features of the stegos of another stego set's test split."""
    return PLAN.stego_features(feature_set_of(wildcards), tested_set_of(wildcards), "test")


def cross_cover_features(wildcards):
    """Features of the covers of another stego set's test split."""
    return PLAN.cover_features(feature_set_of(wildcards), tested_set_of(wildcards), "test")


def sources_of(wildcards):
    """Sources of a stego set."""
    return stego_set_of(wildcards).sources


def splits_of(wildcards):
    """Who tells which covers belong together."""
    return [f"results/covers/{source}/split.tsv" for source in sources_of(wildcards)]


def fitting_memory(wildcards, attempt):
    """Megabytes of a fit: all features of the train split, and what a classifier makes of them."""
    return attempt * PLAN.fitting_memory(wildcards.detector, stego_set_of(wildcards))


def torn(wildcards):
    """Covers that are left out of combined sources."""
    return PLAN.torn(stego_set_of(wildcards))


def cross_torn(wildcards):
    """Covers that are left out of the test split of other sources."""
    return PLAN.torn(stego_set_of(wildcards), tested_set_of(wildcards))


def combined_sources(wildcards):
    """Sources that are combined, and those that are tested on."""
    names = [wildcards.source, *([wildcards.tested_source] if "tested_source" in wildcards.keys() else [])]
    return list(dict.fromkeys(PLUS.join(names).split(PLUS)))


def combined_splits(wildcards):
    """Who tells which cover is in which split."""
    return [f"results/covers/{source}/split.tsv" for source in combined_sources(wildcards)]


def combined_pixels(wildcards):
    """Who tells which covers are the same picture."""
    return [f"results/covers/{source}/pixels.tsv" for source in combined_sources(wildcards)]
