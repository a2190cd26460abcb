# The plan of the configuration, and how rules ask it. Loads no TensorFlow, no Numba, asks no host.
import re
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path

import models
from embedders import EMBEDDERS
from models.features import FEATURES
from stegdata import DataError
from stegdata.folders import check_apart
from stegdata.names import COVERS, PLUS, PRECOMPUTED, Part, StegoSet, TrainedDetector
from stegdata.sources import stamps
from stegdata.sources.kinds import KINDS
from stegdata.splits import SPLITS
from workflow.configuration import ConfigError, check
from workflow.features import check_domain
from workflow.plan import KAGGLE, Plan, names_of

try:
    PLAN = Plan(check(config, " + ".join(map(str, workflow.configfiles))))
except ConfigError as error:
    sys.exit(str(error))


PAYLOAD = r"\d+(\.\d+)?"
EMBEDDED = rf"({names_of('spatial')})-{PAYLOAD}bpp|({names_of('jpeg')})-q\d+-{PAYLOAD}bpnzac"
PRECOMPUTED_SETS = f"({names_of('jpeg')})-{PRECOMPUTED}"
NETWORKS = f"({'|'.join(models.NETWORKS)})-({'|'.join(models.HEADS)})"
FEATURE_DETECTORS = "|".join(models.FEATURE_DETECTORS)
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
