"""Inputs, parameters and resources of the rules as functions of their wildcards. Loads no TensorFlow, asks no host."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

import models
from embedders import EMBEDDERS, Domain
from models.features import FEATURES, check_domain
from stegdata import DataError
from stegdata.folders import check_apart
from stegdata.names import COVERS, PLUS, PRECOMPUTED, Part, StegoSet, TrainedDetector
from stegdata.sources import stamps
from workflow.plan import Plan, names_of

T = TypeVar("T")
#: The wildcards of a job: name -> text, also as attributes.
Wildcards = Any

PAYLOAD = r"\d+(\.\d+)?"
PRECOMPUTED_SETS = f"({names_of(Domain.JPEG)})-{PRECOMPUTED}"
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
    return rf"({names_of(Domain.SPATIAL)})-{PAYLOAD}bpp|({names_of(Domain.JPEG)})-q\d+-{PAYLOAD}bpnzac"


def rising(amount: int) -> Callable[[Wildcards, int], int]:
    """Return megabytes or minutes of a job, which grow with each attempt: once, twice, three times the amount."""

    def of_attempt(wildcards: Wildcards, attempt: int) -> int:
        return amount * attempt

    return of_attempt


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


def tested_set_of(wildcards: Wildcards) -> StegoSet:
    """Return the stego set whose images are scored."""
    return StegoSet.named(wildcards.tested_source, wildcards.tested_set)


class Rules:
    """Answers of the plan to the rules, each from the wildcards of a job."""

    def __init__(self, plan: Plan) -> None:
        """Take the plan of the run."""
        self.plan = plan

    # ------------------------------------------------------------------------------------------ covers

    @one_line
    def archive_kind(self, wildcards: Wildcards) -> str:
        """Kind of a source that has an archive of this name to download."""
        return self.plan.kind_with_archive(wildcards.source, wildcards.archive)

    @one_line
    def fetched(self, wildcards: Wildcards) -> str | list[str]:
        """Download that the covers of a source are read from, where they are not the user's own."""
        return self.plan.fetched(wildcards.source)

    @one_line
    def stamp(self, wildcards: Wildcards) -> str | None:
        """Stamp of a user's own folder or archive: the same as long as its images are, wherever it lies."""
        return self._stamp(wildcards.source)

    @cache  # noqa: B019 one object of this class in a process
    def _stamp(self, source: str) -> str | None:
        path = self.plan.user_path(source)
        if path is None:
            return None
        check_apart(Path("results"), Path(path))
        return stamps.stamp(Path(path), stamps.path_of(source))

    def fields(self, *keys: str) -> Callable[[Wildcards], Mapping[str, Any]]:
        """Fields of a source: a job runs again when one of these changes, and only then."""

        @one_line
        def of_source(wildcards: Wildcards) -> Mapping[str, Any]:
            return {key: self.plan.source(wildcards.source)[key] for key in keys}

        return of_source

    # ------------------------------------------------------------------------------------------ stego

    @one_line
    def embedded_covers(self, wildcards: Wildcards) -> list[str]:
        """Folder of the covers that a shard is embedded in."""
        return stego_set_of(wildcards).inputs(part_of(wildcards))

    @one_line
    def shards(self, wildcards: Wildcards) -> list[str]:
        """All shards of a stego set."""
        return self.plan.shards(stego_set_of(wildcards))

    @one_line
    def jpeg_covers(self, wildcards: Wildcards) -> list[str]:
        """JPEG covers of each shard of a stego set; none in the spatial domain."""
        return self.plan.cover_folders(stego_set_of(wildcards))

    @one_line
    def left_out(self, wildcards: Wildcards) -> int:
        """Number of covers of a split that an embedder may refuse."""
        return self.plan.left_out(wildcards.source, wildcards.split)

    @one_line
    def embedder_version(self, wildcards: Wildcards) -> int:
        """Version of an embedder: a rule that carries it runs again when it is raised."""
        return EMBEDDERS[stego_set_of(wildcards).embedder].version

    # ------------------------------------------------------------------------------------------ features

    @one_line
    def extracted(self, wildcards: Wildcards) -> dict[str, Any]:
        """A folder of covers, or a shard, to extract features of; for a JPEG set with the covers of the shard."""
        part = part_of(wildcards)
        covers = _COVER_SET.fullmatch(wildcards.stego_set)
        if covers is not None:
            quality = f"q{covers['quality']}/" if covers["quality"] else ""
            return {"covers": f"results/covers/{wildcards.source}/{quality}{part}"}
        stego_set = stego_set_of(wildcards)
        check_domain(wildcards.features, stego_set)
        jpeg = FEATURES[wildcards.features].domain is Domain.JPEG
        return {"shard": stego_set.shard(part)} | ({"covers": stego_set.inputs(part)} if jpeg else {})

    def feature_version(self, wildcards: Wildcards) -> int:
        """Version of a feature set: a rule that carries it runs again when it is raised."""
        return FEATURES[wildcards.features].version

    @one_line
    def feature_files(self, wildcards: Wildcards) -> list[str]:
        """Features of all parts of a source or stego set."""
        folder = f"results/features/{wildcards.features}/{wildcards.source}/{wildcards.stego_set}"
        return [f"{folder}/{part}.h5" for part in self.plan.parts(wildcards.source, "train", "val", "test")]

    # ------------------------------------------------------------------------------------------ detectors

    @one_line
    def training(self, wildcards: Wildcards) -> dict[str, Any]:
        """Everything that a training reads: shards, change probabilities, starting weights, covers to leave out."""
        detector = detector_of(wildcards)
        start = self.plan.warm_start(detector)
        return {
            "train": self.plan.shards(detector.stego_set, "train"),
            "val": self.plan.shards(detector.stego_set, "val"),
            "probabilities": self.plan.probabilities(detector),
            "warm_start": [] if start is None else [start.file("model.weights.h5"), start.file("model.json")],
            "excluded": self.plan.conflicts(detector),
        }

    @one_line
    def recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """Recipe of a training."""
        return self.plan.recipe(detector_of(wildcards).recipe).model_dump()

    @one_line
    def threads(self, wildcards: Wildcards) -> int:
        """CPU threads of a training or of scoring with a network; others have one."""
        detector = detector_of(wildcards)
        return self.plan.recipe(detector.recipe).threads if detector.model in models.NETWORKS else 1

    @one_line
    def fitting(self, wildcards: Wildcards) -> dict[str, Any]:
        """Everything that the fit of a feature detector reads."""
        detector = detector_of(wildcards)
        return {
            "shards": self.plan.shards(detector.stego_set, "train"),
            **self.plan.features(detector.model, detector.stego_set, "train"),
            "splits": [f"results/covers/{source}/split.tsv" for source in detector.stego_set.sources],
            "excluded": self.plan.conflicts(detector),
        }

    def trained_sources(self, wildcards: Wildcards) -> list[str]:
        """Sources of the stego set that a detector is trained on."""
        return detector_of(wildcards).stego_set.sources

    @one_line
    def fitting_memory(self, wildcards: Wildcards, attempt: int) -> int:
        """Megabytes of a fit: all features of the train split, and what a classifier makes of them."""
        return attempt * self.plan.fitting_memory(detector_of(wildcards))

    @one_line
    def scoring(self, wildcards: Wildcards) -> dict[str, Any]:
        """Everything that the scores of a detector on a stego set are made from."""
        return self.plan.scoring(detector_of(wildcards), tested_set_of(wildcards), wildcards.val)

    @one_line
    def scoring_memory(self, wildcards: Wildcards, attempt: int) -> int:
        """Megabytes of scoring: of a network, of all features, or of two files of scores."""
        detector = detector_of(wildcards)
        if detector.name in models.FEATURE_DETECTORS:
            return attempt * self.plan.fitting_memory(detector)
        return attempt * (4000 if detector.model in models.NETWORKS else 1000)

    def scoring_gpus(self, wildcards: Wildcards) -> int:
        """GPUs of scoring: one for a network."""
        return int(detector_of(wildcards).model in models.NETWORKS)

    @one_line
    def weighing(self, wildcards: Wildcards) -> dict[str, list[str]]:
        """Both components of a mean, and their scores of the val split."""
        detector = detector_of(wildcards)
        components = self.plan.components(detector)
        return {
            "components": [component.file("model.json") for component in components],
            "val": [component.scored(detector.stego_set, "val-scores.tsv") for component in components],
        }

    def combined_sources(self, wildcards: Wildcards) -> list[str]:
        """Sources that are combined, and those that are tested on."""
        return list(dict.fromkeys(wildcards.combination.replace("/on/", PLUS).split(PLUS)))

    def combined_splits(self, wildcards: Wildcards) -> list[str]:
        """Splits of these sources."""
        return self._of_sources(self.combined_sources(wildcards), "split.tsv")

    def combined_pixels(self, wildcards: Wildcards) -> list[str]:
        """Hashes of the pixels of the covers of these sources."""
        return self._of_sources(self.combined_sources(wildcards), "pixels.tsv")

    @staticmethod
    def _of_sources(sources: Sequence[str], name: str) -> list[str]:
        return [f"results/covers/{source}/{name}" for source in sources]
