"""What follows from the configuration alone: stego sets, detectors, and the files that they are made from."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any

import models
from embedders import EMBEDDERS, Domain
from models.classifiers import IN_MEMORY
from models.features import FEATURES
from models.recipe import Recipe
from stegdata import DataError
from stegdata.names import PLUS, PRECOMPUTED, Part, StegoSet, TrainedDetector
from stegdata.sources import stamps
from stegdata.sources.kinds import KINDS
from stegdata.splits import SPLITS, shard_count
from workflow.consistency import apart, combination_problems

#: Where Kaggle's files lie, as `stegdata.sources.kaggle.fetch` notes.
KAGGLE = "resources/alaska2.path"


def names_of(domain: Domain) -> str:
    """Return a regular expression of the names of all embedders of a domain."""
    return "|".join(re.escape(name) for name, embedder in EMBEDDERS.items() if embedder.domain is domain)


class Plan:
    """The chosen run of a configuration: values in, values and paths out; `DataError` for an unknown name."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take a configuration from `workflow.configuration.check`."""
        self.config = config
        self.name: str = config["run"]
        self.run: Mapping[str, Any] = config["runs"][self.name]

    def source(self, name: str) -> Mapping[str, Any]:
        """Return an entry of `sources`."""
        return _entry("source", name, self.config["sources"])

    def kind_with_archive(self, source: str, file: str) -> str:
        """Return the kind of a source that has an archive of this name to download."""
        kind = self.source(source)["kind"]
        archive = KINDS[kind].archive
        if archive is None or archive.file != file:
            raise DataError(f"resources/{source}/{file}: expected a file at hand: {kind} has no such download")
        return kind

    def fetched(self, source: str) -> str | list[str]:
        """Return the download that covers are read from; none for the sample and for a user's own files."""
        entry = self.source(source)
        kind = KINDS[entry["kind"]]
        if entry["path"] is None and kind.competition is not None:
            return KAGGLE
        return f"resources/{source}/{kind.archive.file}" if entry["path"] is None and kind.archive else []

    def parts(self, source: str, *splits: str) -> list[Part]:
        """Return the parts of some splits of a source."""
        pairs = self.source(source)["shard_pairs"]
        counts = {split: shard_count(self.covers(source, split), pairs) for split in splits}
        return [Part(split, number) for split in splits for number in range(counts[split])]

    def covers(self, source: str, split: str) -> int:
        """Return the number of covers of a split; of a share, what the files at the path come to if all are used."""
        entry = self.source(source)
        size = entry[split]
        if isinstance(size, int):
            return size
        return max(1, math.floor(size * self._images(source) * entry["tiles"] ** 2))

    def shard_counts(self, source: str) -> dict[str, int] | None:
        """Return how many shards each split has where sizes are shares; else None, as shards are filled in order."""
        if not any(isinstance(self.source(source)[split], float) for split in SPLITS):
            return None
        return {split: len(self.parts(source, split)) for split in SPLITS}

    @cache  # noqa: B019 one plan in a process
    def _images(self, source: str) -> int:
        return stamps.count(Path(self.source(source)["path"]), stamps.path_of(source))

    def left_out(self, source: str, split: str) -> int:
        """Return how many covers of a split an embedder may refuse."""
        return int(self.source(source)["left_out"] * self.covers(source, split))

    def shards(self, stego_set: StegoSet, *splits: str) -> list[str]:
        """Return the shards of some splits, of all where none is named; of combined sets those of each."""
        problem = next(combination_problems(stego_set.source, self.config["sources"]), None)
        if problem is not None:
            raise DataError(f"{stego_set.source}: {problem}")
        return [single.shard(part) for single, part in self._parts(stego_set, *splits)]

    def _parts(self, stego_set: StegoSet, *splits: str) -> Iterator[tuple[StegoSet, Part]]:
        """Every part of each single stego set, in the order of the shards."""
        parts = {source: self.parts(source, *(splits or SPLITS)) for source in stego_set.sources}
        for split in splits or SPLITS:
            for single in stego_set.single():
                for part in parts[single.source]:
                    if part.split == split:
                        yield single, part

    def features(self, feature_set: str, stego_set: StegoSet, split: str) -> dict[str, list[str]]:
        """Return the features of stegos and covers of each shard of a split; those of precomputed pairs hold both."""
        parts = list(self._parts(stego_set, split))
        covers = [] if stego_set.precomputed else [single.cover_features(feature_set, part) for single, part in parts]
        return {
            "stego_features": [single.features(feature_set, part) for single, part in parts],
            "cover_features": covers,
        }

    @cached_property
    def feature_manifests(self) -> list[str]:
        """Hashes of all features that the run's detectors learn from or score."""
        files = [
            path
            for detector, tested in self.scorings
            if detector.name in models.FEATURE_DETECTORS
            for stego_set, split in ((detector.stego_set, "train"), (tested, "test"))
            for paths in self.features(detector.model, stego_set, split).values()
            for path in paths
        ]
        return list(dict.fromkeys(path.rpartition("/")[0] + "/SHA256SUMS" for path in files))

    def memory(self, detector: TrainedDetector) -> int:
        """Return the megabytes of a fit or of scoring: of all features and what a classifier makes of them."""
        if detector.name not in models.FEATURE_DETECTORS:
            return 4000 if detector.model in models.NETWORKS else 1000
        stego_set = detector.stego_set
        images = 2 * len(stego_set.embedders) * sum(self.covers(source, "train") for source in stego_set.sources)
        matrices = 3 * 8 * images**2 if detector.head == "ridge" else 0
        return 1500 + (min(4 * images * FEATURES[detector.model].dimension, IN_MEMORY) + matrices) // 1_000_000

    def jpeg_covers(self, stego_set: StegoSet) -> list[str]:
        """Return the JPEG covers of each shard of a stego set of one source; none where nothing was embedded here."""
        return [path for part in self.parts(stego_set.source, *SPLITS) for path in stego_set.jpeg_covers(part)]

    @cached_property
    def combined_sets(self) -> list[StegoSet]:
        """Stego sets that detectors of the run are trained on, each once."""
        sets = (stego_set for experiment in self.run["experiments"] for stego_set in _sets(experiment))
        return list(dict.fromkeys(sets))

    @cached_property
    def stego_sets(self) -> list[StegoSet]:
        """All single stego sets that the run needs, each once."""
        trained = [detector.stego_set for detector in self.detectors]
        started = [start.stego_set for detector in self.detectors for start in self._warm_starts(detector)]
        return list(dict.fromkeys(single for stego_set in [*trained, *started] for single in stego_set.single()))

    @cached_property
    def sources(self) -> list[str]:
        """Names of all sources of the run, sorted."""
        return sorted({stego_set.source for stego_set in self.stego_sets})

    def recipe(self, name: str) -> Recipe:
        """Return the recipe of this name."""
        return Recipe(**_entry("recipe", name, self.config["recipes"]))

    @cached_property
    def detectors(self) -> list[TrainedDetector]:
        """All detectors of the run, each once."""
        experiments = self.run["experiments"]
        return list(dict.fromkeys(detector for experiment in experiments for detector in self._detectors(experiment)))

    @cached_property
    def dealt_anew(self) -> dict[str, TrainedDetector]:
        """Return the table of many splits of each classifier of features that has one, with the classifier."""
        return {
            detector.file(f"splits-{experiment['splits']}.tsv"): detector
            for experiment in self.run["experiments"]
            if experiment["splits"] > 1
            for detector in self._detectors(experiment)
            if detector.name in models.FEATURE_DETECTORS
        }

    @property
    def networks(self) -> list[TrainedDetector]:
        """Networks of the run."""
        return [detector for detector in self.detectors if detector.model in models.NETWORKS]

    @property
    def classifiers(self) -> list[TrainedDetector]:
        """Classifiers of features, and means of one of them and a network, which all choose a setting."""
        return [detector for detector in self.detectors if detector.model not in models.NETWORKS]

    def probabilities(self, detector: TrainedDetector) -> list[str]:
        """Return the change probabilities of the train shards, where stegos are embedded online."""
        if self.recipe(detector.recipe).stego != "online":
            return []
        return [path.replace("/shards/", "/probabilities/", 1) for path in self.shards(detector.stego_set, "train")]

    def warm_start(self, detector: TrainedDetector) -> TrainedDetector | None:
        """Return the training whose weights a network starts from."""
        start = self.recipe(detector.recipe).warm_start
        if start is None:
            return None
        stego_set = replace(detector.stego_set, payload=start.payload or detector.stego_set.payload)
        name = f"{detector.model}-{start.head or detector.head}"
        return replace(detector, stego_set=stego_set, name=name, recipe=start.recipe)

    def components(self, detector: TrainedDetector) -> tuple[TrainedDetector, ...]:
        """Return the network and the feature detector of a mean, which see images of one size; else the detector."""
        if len(detector.components) > 1 and (crop := self.recipe(detector.recipe).crop) is not None:
            raise DataError(
                f"{detector.name}: expected a recipe of whole images, as the features are of these, got crop {crop} in "
                f"{detector.recipe}: name another recipe"
            )
        return detector.components

    def trained(self, detector: TrainedDetector) -> dict[str, Any]:
        """Return the files of a trained detector: `model` of each, and `weights`, which only networks have."""
        files: dict[str, Any] = {"model": detector.file("model.json")}
        if detector.model in models.NETWORKS:
            files |= {"weights": detector.file("model.weights.h5"), "history": detector.file("history.tsv")}
        elif detector.name in models.FEATURE_DETECTORS:
            files |= {"arrays": detector.file("model.npz")}
        return files

    def training(self, detector: TrainedDetector) -> dict[str, Any]:
        """Return what a training reads: shards, change probabilities, starting weights, covers to leave out."""
        start = self.warm_start(detector)
        return {
            "train": self.shards(detector.stego_set, "train"),
            "val": self.shards(detector.stego_set, "val"),
            "probabilities": self.probabilities(detector),
            "warm_start": [] if start is None else [start.file("model.weights.h5"), start.file("model.json")],
            "excluded": self.conflicts(detector),
        }

    def threads(self, detector: TrainedDetector) -> int:
        """Return the CPU threads of a training or of scoring with a network; others have one."""
        return self.recipe(detector.recipe).threads if detector.model in models.NETWORKS else 1

    def fitting(self, detector: TrainedDetector) -> dict[str, Any]:
        """Return everything that the fit of a feature detector reads."""
        stego_set = detector.stego_set
        return self.features(detector.model, stego_set, "train") | {
            "shards": self.shards(stego_set, "train"),
            "splits": _splits(stego_set),
            "excluded": self.conflicts(detector),
        }

    def dealing_anew(self, detector: TrainedDetector) -> dict[str, Any]:
        """Return everything that the fits of a feature detector on many splits read."""
        stego_set = detector.stego_set
        features = [self.features(detector.model, stego_set, split) for split in SPLITS]
        return {
            "model": detector.file("model.json"),
            "stego_features": [path for of_split in features for path in of_split["stego_features"]],
            "cover_features": [path for of_split in features for path in of_split["cover_features"]],
            "shards": self.shards(stego_set),
            "splits": _splits(stego_set),
            "excluded": self.conflicts(detector),
        }

    def weighing(self, detector: TrainedDetector) -> dict[str, list[str]]:
        """Return both components of a mean, and their scores of the val split."""
        components = self.components(detector)
        return {
            "components": [component.file("model.json") for component in components],
            "val": [component.scored(detector.stego_set, "val-scores.tsv") for component in components],
        }

    def scoring(self, detector: TrainedDetector, tested: StegoSet, prefix: str = "") -> dict[str, Any]:
        """Return the files that a detector's scores of a stego set are made from: of test, or with "val-" of val.

        DataError for test images that the detector may have been trained on, and for validation of another stego set.
        """
        if not apart(detector.stego_set.sources, tested.sources, self.config["sources"]):
            raise DataError(
                f"{tested.source}: expected images that {detector.stego_set.source} was not trained on, got the "
                "same ones"
            )
        if prefix and tested != detector.stego_set:
            raise DataError(f"{tested}: expected the val split of {detector.stego_set}, got that of another stego set")
        split = "val" if prefix else "test"
        files = self.trained(detector) | {"excluded": self.conflicts(detector, None if prefix else tested)}
        components = self.components(detector)
        if len(components) > 1:
            files |= {"components": [each.scored(tested, f"{prefix}scores.tsv") for each in components]}
            return files | {"component_metrics": components[0].scored(tested, f"{prefix}metrics.json")}
        files |= {"shards": self.shards(tested, split), "splits": _splits(tested)}
        if detector.name in models.FEATURE_DETECTORS:
            files |= self.features(detector.model, tested, split)
            if not prefix and self.shards(detector.stego_set, "val"):
                files |= {"val": detector.scored(detector.stego_set, "val-metrics.json")}
        return files

    def tested_on(self, detector: TrainedDetector) -> list[StegoSet]:
        """Return the stego sets whose test split a detector scores: its own first."""
        trained, sources = detector.stego_set, self.config["sources"]
        others = [stego_set for stego_set in self.combined_sets if stego_set != trained and self.run["cross_dataset"]]
        others = [stego_set for stego_set in others if self._has_input(stego_set, detector)]
        size = sources[trained.sources[0]]["size"]
        same_size = [stego_set for stego_set in others if sources[stego_set.sources[0]]["size"] == size]
        return [trained, *(stego_set for stego_set in same_size if apart(trained.sources, stego_set.sources, sources))]

    def _has_input(self, stego_set: StegoSet, detector: TrainedDetector) -> bool:
        """Whether a stego set has what a detector reads: of precomputed pairs its source has to keep coefficients."""
        kept = all(self.source(source)["keep"] == "coefficients" for source in stego_set.sources)
        domain = stego_set.domain if kept or not stego_set.precomputed else Domain.SPATIAL
        return all(
            domain.holds((FEATURES.get(component.model) or self.recipe(component.recipe)).domain)
            for component in detector.components
        )

    @cached_property
    def scorings(self) -> list[tuple[TrainedDetector, StegoSet]]:
        """Every detector with every stego set that it scores."""
        return [(detector, tested) for detector in self.detectors for tested in self.tested_on(detector)]

    @property
    def val_scores(self) -> list[str]:
        """Return the scores of validation that set the thresholds carried to other stego sets; sorted."""
        carried = {detector for detector, tested in self.scorings if tested != detector.stego_set}
        with_val = [detector for detector in carried if self.shards(detector.stego_set, "val")]
        return sorted(detector.scored(detector.stego_set, "val-scores.tsv") for detector in with_val)

    @staticmethod
    def conflicts(detector: TrainedDetector, tested: StegoSet | None = None) -> list[str]:
        """Return the table of covers whose picture is in another split of another source, trained on or tested."""
        trained = detector.stego_set
        if tested is None:
            return [f"results/combined/{trained.source}.tsv"] if len(trained.sources) > 1 else []
        others = set(tested.sources) - set(trained.sources)
        return [f"results/combined/{trained.source}/on/{tested.source}.tsv"] if others else []

    @property
    def conflict_tables(self) -> list[str]:
        """All such tables that the run's numbers rest on, sorted."""
        tables = {path for detector, tested in self.scorings for path in self.conflicts(detector, tested)}
        return sorted(tables.union(*(self.conflicts(detector) for detector in self.detectors)))

    def shown(self, stego_set: StegoSet) -> Part:
        """Return the part of a stego set that the report shows: the first of test, or of train without a test split."""
        return Part("test" if self.source(stego_set.source)["test"] else "train", 0)

    @property
    def settings(self) -> dict[str, Any]:
        """Configuration for a reader of the report: without paths, which reveal the machine."""
        sources = {name: dict(self.source(name)) for name in self.sources}
        for source in sources.values():
            del source["path"]
        networks = (trained for detector in self.networks for trained in (detector, *self._warm_starts(detector)))
        names = dict.fromkeys(network.recipe for network in networks)
        recipes = {name: self.config["recipes"][name] for name in names}
        seeds = sorted({detector.seed for detector in self.networks})
        return {"run": self.name, "seed": self.config["seed"], "seeds": seeds, "sources": sources, "recipes": recipes}

    def _detectors(self, experiment: Mapping[str, Any]) -> Iterator[TrainedDetector]:
        recipes = self.run["recipes"] | (experiment.get("recipes") or {})
        seeds = experiment.get("seeds") or self.run["seeds"]
        for stego_set in _sets(experiment):
            for network, head, seed in product(experiment["networks"], experiment["heads"], seeds):
                yield TrainedDetector(stego_set, f"{network}-{head}", recipes[network], seed)
            for name in experiment["features"]:
                yield TrainedDetector(stego_set, name, "", 0)
            features = experiment["features"] if experiment["means"] else []
            for network, head, name, seed in product(experiment["networks"], experiment["heads"], features, seeds):
                yield TrainedDetector(stego_set, f"{network}-{head}{PLUS}{name}", recipes[network], seed)

    def _warm_starts(self, detector: TrainedDetector) -> Iterator[TrainedDetector]:
        if detector.model not in models.NETWORKS:
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
        for quality, coding in product(experiment.get("qualities") or [None], experiment["coding"]):
            yield StegoSet(source, names, quality, float(payload), unit, coding == "stc")


def _splits(stego_set: StegoSet) -> list[str]:
    return [f"results/covers/{source}/split.tsv" for source in stego_set.sources]


def _entry(label: str, name: str, entries: Mapping[str, Any]) -> Any:  # noqa: ANN401 a mapping of the configuration
    if name not in entries:
        raise DataError(f"{name}: expected a {label} defined in config.yaml ({', '.join(entries)}), got another")
    return entries[name]
