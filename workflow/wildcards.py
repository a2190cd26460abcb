"""Inputs, parameters and resources of the rules as functions of their wildcards. Loads no TensorFlow, asks no host."""

import re
import sys
from collections.abc import Callable, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

from snakemake.io import ancient

import models
from embedders import EMBEDDERS, Domain
from models.features import FEATURES, check_domain
from stegdata import DataError
from stegdata.folders import check_apart
from stegdata.names import COVERS, PLUS, PRECOMPUTED, Part, StegoSet, TrainedDetector
from stegdata.sources import stamps
from stegdata.sources.kinds import KINDS
from stegdata.splits import SPLITS
from workflow.plan import Plan, names_of

T = TypeVar("T")
#: The wildcards of a job: name -> text, also as attributes.
Wildcards = Any

PAYLOAD = r"\d+(\.\d+)?"
PRECOMPUTED_SETS = f"({'|'.join(name for kind in KINDS.values() for name in kind.stego_folders)})-{PRECOMPUTED}"
_NETWORK = f"({'|'.join(models.NETWORKS)})-({'|'.join(models.HEADS)})"
_FEATURES = f"({'|'.join(models.FEATURE_DETECTORS)})"
_SEED, _RECIPE_SEED = r"/seed-\d+", r"/[a-z0-9][a-z0-9.-]*/seed-\d+"
#: Whole names of trained detectors, from the source they are trained on to the seed.
NETWORKS = rf"[^/]+/[^/]+/{_NETWORK}{_RECIPE_SEED}"
FEATURE_DETECTORS = rf"[^/]+/[^/]+/{_FEATURES}{_SEED}"
MEANS = rf"[^/]+/[^/]+/{_NETWORK}\+{_FEATURES}{_RECIPE_SEED}"
DETECTORS = f"{NETWORKS}|{FEATURE_DETECTORS}|{MEANS}"
_COVER_SET = re.compile(rf"{COVERS}(-q(?P<quality>\d+))?", re.ASCII)


def embedded_sets() -> str:
    """Return a regular expression of stego sets that are embedded here, by users' own embedders too."""
    conditions = {Domain.SPATIAL: PAYLOAD, Domain.JPEG: rf"q\d+-{PAYLOAD}"}
    return "|".join(
        rf"({names_of(each)})-{condition}{each.unit.lower()}(-stc)?" for each, condition in conditions.items()
    )


def rising(amount: int) -> Callable[[Wildcards, int], int]:
    """Return megabytes or minutes of a job, which grow with each attempt: once, twice, three times the amount."""

    return lambda wildcards, attempt: amount * attempt


def one_line(function: Callable[..., T]) -> Callable[..., T]:
    """End with one line where a path names something that the configuration does not have."""

    @wraps(function)
    def answer(*arguments: Any, **named: Any) -> T:  # noqa: ANN401 of any function
        try:
            return function(*arguments, **named)
        except DataError as error:
            sys.exit(str(error))

    return answer


def stego_set_of(wildcards: Wildcards) -> StegoSet:
    """Return the stego set that a path names."""
    return StegoSet.named(wildcards.source, wildcards.stego_set)


def part_of(wildcards: Wildcards) -> Part:
    """Return the part of a split that a path names."""
    return Part(wildcards.split, int(wildcards.shard))


def detector_of(wildcards: Wildcards) -> TrainedDetector:
    """Return the detector that a path names."""
    return TrainedDetector.parse(wildcards.detector)


def sources_combined(wildcards: Wildcards) -> list[str]:
    """Return the sources that are combined, and those that are tested on."""
    return list(dict.fromkeys(wildcards.combination.replace("/on/", PLUS).split(PLUS)))


@one_line
def embedder_version(wildcards: Wildcards) -> int:
    """Return the version of an embedder: a rule that carries it runs again when it is raised."""
    return EMBEDDERS[stego_set_of(wildcards).embedder].version


def feature_version(wildcards: Wildcards) -> int:
    """Return the version of a feature set: a rule that carries it runs again when it is raised."""
    return FEATURES[wildcards.features].version


def scoring_gpus(wildcards: Wildcards) -> int:
    """Return the GPUs of scoring: one for a network."""
    return int(detector_of(wildcards).model in models.NETWORKS)


@one_line
def covers_of(wildcards: Wildcards) -> str:
    """Return the folder of the covers that a shard is embedded in."""
    return stego_set_of(wildcards).covers(part_of(wildcards))


def embedded(wildcards: Wildcards) -> dict[str, Any]:
    """Return the covers that a shard is embedded in."""
    return _made_of_covers(wildcards.source, covers_of(wildcards))


def compressed(wildcards: Wildcards) -> dict[str, Any]:
    """Return the covers that JPEG covers are compressed from."""
    return _made_of_covers(wildcards.source, f"results/covers/{wildcards.source}/{part_of(wildcards)}")


@one_line
def extracted(wildcards: Wildcards) -> dict[str, Any]:
    """Return a folder of covers, or a shard, to extract features of; for a JPEG set with the covers of the shard."""
    part = part_of(wildcards)
    of_covers = _COVER_SET.fullmatch(wildcards.stego_set)
    if of_covers is not None:
        quality = f"q{of_covers['quality']}/" if of_covers["quality"] else ""
        return _made_of_covers(wildcards.source, f"results/covers/{wildcards.source}/{quality}{part}")
    stego_set = stego_set_of(wildcards)
    check_domain(wildcards.features, stego_set)
    shard: dict[str, Any] = {"shard": stego_set.shard(part)}
    if FEATURES[wildcards.features].of_coefficients:
        shard["covers"] = ancient(stego_set.jpeg_covers(part))
    return shard


def _made_of_covers(source: str, folder: str) -> dict[str, Any]:
    """A folder of covers, whatever its age, and the tables of their names and pixels, compared by content.

    Covers may be deleted, and are made again with the same bytes: nothing that was made of them runs again for it.
    """
    tables = {name: f"results/covers/{source}/{name}.tsv" for name in ("split", "pixels")}
    return {"covers": ancient(folder)} | tables


def of_combined(name: str) -> Callable[[Wildcards], list[str]]:
    """Return a function that names a table of each source that is combined: split.tsv or pixels.tsv."""
    return lambda wildcards: [f"results/covers/{source}/{name}" for source in sources_combined(wildcards)]


class Rules:
    """Answers of the plan to the rules, each a function of the wildcards of a job."""

    def __init__(self, plan: Plan) -> None:
        """Take the plan of the run."""
        self.plan = plan
        self.fetched = one_line(lambda job: plan.fetched(job.source))
        self.archive_kind = one_line(lambda job: plan.kind_with_archive(job.source, job.archive))
        self.stamp = one_line(lambda job: self._stamp(job.source))
        self.left_out = one_line(lambda job: plan.left_out(job.source, job.split))
        self.shards = one_line(lambda job: plan.shards(stego_set_of(job)))
        self.jpeg_covers = one_line(lambda job: plan.jpeg_covers(stego_set_of(job)))
        self.recipe = one_line(lambda job: plan.recipe(detector_of(job).recipe).model_dump())
        self.training = one_line(lambda job: plan.training(detector_of(job)))
        self.fitting = one_line(lambda job: plan.fitting(detector_of(job)))
        self.dealing_anew = one_line(lambda job: plan.dealing_anew(detector_of(job)))
        self.weighing = one_line(lambda job: plan.weighing(detector_of(job)))
        self.scoring = one_line(
            lambda job: plan.scoring(detector_of(job), StegoSet.named(job.tested_source, job.tested_set), job.val)
        )
        self.threads = one_line(lambda job: plan.threads(detector_of(job)))
        self.memory = one_line(lambda job, attempt: attempt * plan.memory(detector_of(job)))
        self.memory_of_splits = one_line(lambda job, attempt: 4 * attempt * plan.memory(detector_of(job)))

    @cache  # noqa: B019 one object of this class in a process
    def _stamp(self, source: str) -> str | None:
        """Stamp of a user's own folder or archive: the same as long as its images are, wherever it lies."""
        path = self.plan.source(source)["path"]
        if path is None:
            return None
        check_apart(Path("results"), Path(path))
        return stamps.stamp(Path(path), stamps.path_of(source))

    def fields(self, *keys: str) -> Callable[[Wildcards], Mapping[str, Any]]:
        """Fields of a source: a job runs again when one of these changes, and only then."""
        return one_line(lambda job: {key: self.plan.source(job.source)[key] for key in keys})

    @one_line
    def dealing(self, job: Wildcards) -> dict[str, Any]:
        """Fields of a source by which its covers are dealt to splits and shards."""
        keys = ("order", "split_seed", *SPLITS, "shard_pairs", "exclude")
        fields = {key: self.plan.source(job.source)[key] for key in keys}
        # keys of later releases: none where they have their default, so that results of before stay good
        counts, history = self.plan.shard_counts(job.source), self.plan.source(job.source)["history"]
        fields |= {} if counts is None else {"shards": counts}
        return fields if history == "warn" else fields | {"history": history}

    @one_line
    def feature_files(self, job: Wildcards) -> list[str]:
        """Features of all parts of a source or stego set."""
        folder = f"results/features/{job.features}/{job.source}/{job.stego_set}"
        return [f"{folder}/{part}.h5" for part in self.plan.parts(job.source, *SPLITS)]
