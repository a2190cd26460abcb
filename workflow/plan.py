"""What follows from the configuration alone: stego sets, detectors, and the files that they are made from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import product
from typing import Any

import models
from embedders import EMBEDDERS
from models.classifiers import IN_MEMORY
from models.features import FEATURES
from models.recipe import Recipe
from stegdata import DataError
from stegdata.names import PLUS, PRECOMPUTED, Part, StegoSet, TrainedDetector
from stegdata.sources.kinds import KINDS
from stegdata.splits import SPLITS, shard_count
from workflow.configuration import apart, combination_problems

#: Where Kaggle's files lie, as `stegdata.sources.kaggle.fetch` notes.
KAGGLE = "resources/alaska2.path"


def names_of(domain: str) -> str:
    """A pattern of the names of all embedders of a domain."""
    return "|".join(re.escape(name) for name, embedder in EMBEDDERS.items() if embedder.domain == domain)


class Plan:
    """The chosen run of a configuration.

    Values in, values and paths out; a name that the configuration has nothing of is a `DataError`.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take a configuration from `workflow.configuration.check`."""
        self.config = config
        self.name: str = config["run"]
        self.run: Mapping[str, Any] = config["runs"][self.name]

    # ------------------------------------------------------------------------------------------ sources and covers

    def source(self, name: str) -> Mapping[str, Any]:
        """Entry of `sources`."""
        return _entry("source", name, self.config["sources"])

    def kind_with_archive(self, source: str, file: str) -> str:
        """Kind of a source that has an archive of this name to download."""
        kind = self.source(source)["kind"]
        archive = KINDS[kind].archive
        if archive is None or archive.file != file:
            raise DataError(f"resources/{source}/{file}: expected a file at hand: {kind} has no such download")
        return kind

    def own(self, source: str) -> str | None:
        """File or folder of the user's own that covers are read from."""
        return self.source(source)["path"]

    def fetched(self, source: str) -> str | list[str]:
        """File that covers are read from where the user has none: of a download, or none for the sample."""
        kind = KINDS[self.source(source)["kind"]]
        if self.own(source) is not None:
            return []
        if kind.competition is not None:
            return KAGGLE
        return [] if kind.archive is None else f"resources/{source}/{kind.archive.file}"

    def parts(self, source: str, *splits: str) -> list[Part]:
        """Parts of some splits of a source."""
        entry = self.source(source)
        return [
            Part(split, number) for split in splits for number in range(shard_count(entry[split], entry["shard_pairs"]))
        ]

    def left_out(self, source: str, split: str) -> int:
        """Covers of a split that an embedder may refuse."""
        entry = self.source(source)
        return int(entry["left_out"] * entry[split])

    # ------------------------------------------------------------------------------------------ stego sets

    def shards(self, stego_set: StegoSet, *splits: str) -> list[str]:
        """Shards of some splits, of all splits where none is named; of combined sets those of each."""
        problem = next(combination_problems(stego_set.source, self.config["sources"]), None)
        if problem is not None:
            raise DataError(f"{stego_set.source}: {problem}")
        return [one.shard(part) for one, part in self._parts(stego_set, *splits)]

    def _parts(self, stego_set: StegoSet, *splits: str) -> Iterator[tuple[StegoSet, Part]]:
        """Every part of each single stego set, in the order of the shards."""
        parts = {source: self.parts(source, *(splits or SPLITS)) for source in stego_set.sources}
        for split in splits or SPLITS:
            for one in stego_set.single():
                for part in parts[one.source]:
                    if part.split == split:
                        yield one, part

    def stego_features(self, feature_set: str, stego_set: StegoSet, *splits: str) -> list[str]:
        """Features of the stegos of each shard."""
        return [one.features(feature_set, part) for one, part in self._parts(stego_set, *splits)]

    def cover_features(self, feature_set: str, stego_set: StegoSet, *splits: str) -> list[str]:
        """Features of the covers of each shard; none of precomputed pairs, whose stegos' files hold them."""
        if stego_set.payload is None:
            return []
        return [one.cover_features(feature_set, part) for one, part in self._parts(stego_set, *splits)]

    @cached_property
    def feature_manifests(self) -> list[str]:
        """Hashes of all features that the run's detectors learn from or score."""
        part = Part("train", 0)
        files = [
            path
            for detector, tested in self.scorings
            if detector in self.feature_detectors
            for one in (*detector.stego_set.single(), *tested.single())
            for path in (one.features(detector.kind, part), one.cover_features(detector.kind, part))
            if one.payload is not None or path == one.features(detector.kind, part)
        ]
        return list(dict.fromkeys(path.rpartition("/")[0] + "/SHA256SUMS" for path in files))

    def fitting_memory(self, detector: str, stego_set: StegoSet) -> int:
        """Megabytes that the features of a train split and what a classifier makes of them take."""
        feature_set, _, classifier = detector.rpartition("-")
        images = 2 * len(stego_set.embedders) * sum(self.source(source)["train"] for source in stego_set.sources)
        matrices = 3 * 8 * images**2 if classifier == "ridge" else 0
        return 1500 + (min(4 * images * FEATURES[feature_set].dimension, IN_MEMORY) + matrices) // 1_000_000

    def cover_folders(self, stego_set: StegoSet) -> list[str]:
        """JPEG covers of each shard of a stego set of one source, where we embedded in JPEGs."""
        if stego_set.quality is None:
            return []
        return [stego_set.covers(part) for part in self.parts(stego_set.source, *SPLITS)]

    @cached_property
    def combined_sets(self) -> list[StegoSet]:
        """What detectors of the run are trained on, each once."""
        return list(dict.fromkeys(found for one in self.run["experiments"] for found in _sets(one)))

    @cached_property
    def stego_sets(self) -> list[StegoSet]:
        """All single stego sets that the run needs, each once."""
        asked = [detector.stego_set for detector in self.detectors]
        started = [start.stego_set for detector in self.detectors for start in self._warm_starts(detector)]
        return list(dict.fromkeys(one for found in [*asked, *started] for one in found.single()))

    @cached_property
    def sources(self) -> list[str]:
        """Names of all sources of the run, sorted."""
        return sorted({one.source for one in self.stego_sets})

    # ------------------------------------------------------------------------------------------ detectors

    def recipe(self, name: str) -> Recipe:
        """Recipe of this name."""
        return Recipe(**_entry("recipe", name, self.config["recipes"]))

    @cached_property
    def detectors(self) -> list[TrainedDetector]:
        """All detectors of the run, each once."""
        return list(dict.fromkeys(found for one in self.run["experiments"] for found in self._detectors(one)))

    @property
    def networks(self) -> list[TrainedDetector]:
        """Those that are networks."""
        return [detector for detector in self.detectors if detector.kind in models.NETWORKS]

    @property
    def feature_detectors(self) -> list[TrainedDetector]:
        """Those that are classifiers of features."""
        return [detector for detector in self.detectors if detector.name in models.FEATURE_DETECTORS]

    @property
    def means(self) -> list[TrainedDetector]:
        """Those that are the mean of one and another."""
        return [detector for detector in self.detectors if len(detector.parts) > 1]

    def probabilities(self, detector: TrainedDetector) -> list[str]:
        """Change probabilities of the shards to learn from, where a network's stegos are embedded online."""
        if self.recipe(detector.recipe).stego != "online":
            return []
        return [path.replace("/shards/", "/probabilities/", 1) for path in self.shards(detector.stego_set, "train")]

    def warm_start(self, detector: TrainedDetector) -> TrainedDetector | None:
        """The training whose weights a network starts from."""
        start = self.recipe(detector.recipe).warm_start
        if start is None:
            return None
        stego_set, head = detector.stego_set, start.get("head", detector.head)
        if "payload" in start:
            stego_set = replace(stego_set, payload=float(start["payload"]))
        return replace(detector, stego_set=stego_set, name=f"{detector.kind}-{head}", recipe=start["recipe"])

    def mean_parts(self, detector: TrainedDetector) -> tuple[TrainedDetector, ...]:
        """The network and the feature detector of a mean, which look at images of one size."""
        crop = self.recipe(detector.recipe).crop
        if crop is not None:
            raise DataError(
                f"{detector.name}: expected a recipe of whole images, as the features are of these, got crop {crop} in "
                f"{detector.recipe}: name another recipe"
            )
        return detector.parts

    def tested_on(self, detector: TrainedDetector) -> list[StegoSet]:
        """Stego sets whose test split a detector scores: its own first."""
        own = detector.stego_set
        others = [one for one in self.combined_sets if one != own] if self.run["cross_dataset"] else []
        others = [one for one in others if self._has_coefficients(one) or not self._needs_coefficients(detector)]
        size = self.source(own.sources[0])["size"]
        same_size = [one for one in others if self.source(one.sources[0])["size"] == size]
        return [own, *(one for one in same_size if apart(own.sources, one.sources, self.config["sources"]))]

    def _needs_coefficients(self, detector: TrainedDetector) -> bool:
        """Whether a detector looks at coefficients: a JPEG feature set does, and a network of unrounded pixels."""
        return any(
            FEATURES[part.kind].domain == "jpeg" if part.kind in FEATURES else self.recipe(part.recipe).unrounded
            for part in detector.parts
        )

    def _has_coefficients(self, stego_set: StegoSet) -> bool:
        """Whether a stego set has what these look at."""
        kept = stego_set.payload is not None or all(
            self.source(source)["keep"] == "coefficients" for source in stego_set.sources
        )
        return kept and EMBEDDERS[stego_set.embedder].domain == "jpeg"

    @cached_property
    def scorings(self) -> list[tuple[TrainedDetector, StegoSet]]:
        """Every detector with every stego set that it scores."""
        return [(detector, tested) for detector in self.detectors for tested in self.tested_on(detector)]

    def cross_shards(self, detector: TrainedDetector, tested: StegoSet) -> list[str]:
        """Test shards of another stego set than the one that a detector was trained on."""
        if not apart(detector.stego_set.sources, tested.sources, self.config["sources"]):
            raise DataError(
                f"{tested.source}: expected images that {detector.stego_set.source} was not trained on, got the "
                "same ones"
            )
        return self.shards(tested, "test")

    @staticmethod
    def torn(trained: StegoSet, tested: StegoSet | None = None) -> list[str]:
        """Table of covers that are left out of a combination, as another source has their picture in another split."""
        if tested is None:
            return [f"results/combined/{trained.source}.tsv"] if len(trained.sources) > 1 else []
        apart = set(tested.sources) - set(trained.sources)
        return [f"results/combined/{trained.source}/on/{tested.source}.tsv"] if apart else []

    @property
    def torn_tables(self) -> list[str]:
        """All such tables that the run's numbers rest on, sorted."""
        own = [path for detector in self.detectors for path in self.torn(detector.stego_set)]
        return sorted({*own, *(path for one, tested in self.scorings for path in self.torn(one.stego_set, tested))})

    # ------------------------------------------------------------------------------------------ report

    def shown(self, stego_set: StegoSet) -> Part:
        """The part of a stego set that the report shows: the first of test, or of train where there is no test."""
        return Part("test" if self.source(stego_set.source)["test"] else "train", 0)

    @property
    def settings(self) -> dict[str, Any]:
        """What a reader of the report may see of the configuration: no paths, which tell of the machine."""
        sources = {
            name: {key: value for key, value in self.source(name).items() if key != "path"} for name in self.sources
        }
        names = dict.fromkeys(
            found.recipe for detector in self.networks for found in (detector, *self._warm_starts(detector))
        )
        recipes = {name: self.config["recipes"][name] for name in names}
        seeds = sorted({detector.seed for detector in self.networks})
        return {"run": self.name, "seed": self.config["seed"], "seeds": seeds, "sources": sources, "recipes": recipes}

    def _detectors(self, experiment: Mapping[str, Any]) -> Iterator[TrainedDetector]:
        recipes = self.run["recipes"] | experiment.get("recipes", {})
        seeds = experiment.get("seeds", self.run["seeds"])
        for stego_set in _sets(experiment):
            for network, head, seed in product(experiment["networks"], experiment["heads"], seeds):
                yield TrainedDetector(stego_set, f"{network}-{head}", recipes[network], seed)
            for name in experiment["features"]:
                yield TrainedDetector(stego_set, name, "", 0)
            if experiment["means"]:
                for network, head, name, seed in product(
                    experiment["networks"], experiment["heads"], experiment["features"], seeds
                ):
                    yield TrainedDetector(stego_set, f"{network}-{head}{PLUS}{name}", recipes[network], seed)

    def _warm_starts(self, detector: TrainedDetector) -> Iterator[TrainedDetector]:
        if detector.kind not in models.NETWORKS:
            return
        while (start := self.warm_start(detector)) is not None:
            yield start
            detector = start


def _sets(experiment: Mapping[str, Any]) -> Iterator[StegoSet]:
    """Every source x embedder x payload x quality of an experiment."""
    for source, combined, payload in product(*(experiment[key] for key in ("sources", "embedders", "payloads"))):
        names = tuple(combined.split(PLUS))
        if payload == PRECOMPUTED:
            yield StegoSet(source, names)
            continue
        unit = EMBEDDERS[names[0]].unit.lower()
        for quality in experiment.get("qualities", [None]):
            yield StegoSet(source, names, quality, float(payload), unit)


def _entry(what: str, name: str, known: Mapping[str, Any]) -> Any:  # noqa: ANN401 a mapping of the configuration
    if name not in known:
        raise DataError(f"{name}: expected a {what} of config.yaml ({', '.join(known)}), got another")
    return known[name]
