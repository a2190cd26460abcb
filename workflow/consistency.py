"""What the models of config.yaml cannot say: names that must exist elsewhere in it, values that must fit together."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import models
from embedders import EMBEDDERS, Domain
from models.features import FEATURES
from models.recipe import Recipe
from models.values import nearest as _nearest
from stegdata.names import PLUS, PRECOMPUTED
from stegdata.sources.kinds import KINDS
from stegdata.splits import SPLITS, shard_count

#: Shards are numbered with three digits.
SHARDS = 1000
#: A name of the environment that has no value.
UNSET = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
#: What a payload of each domain is, the number that it stays below, and the words that may stand for it.
_PAYLOADS: Mapping[Domain, tuple[str, float, tuple[str, ...]]] = {
    Domain.SPATIAL: ("bits per pixel above 0 and below log2(3) = 1.585", math.log2(3), ()),
    Domain.JPEG: ("bits per non-zero AC coefficient above 0", math.inf, (PRECOMPUTED,)),
}


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Say what a schema cannot say: names that must exist elsewhere in the file, and values that must fit together.

    Only the first is read, so that each check may rely on those before it.
    """
    recipes = config["recipes"]
    yield from _unknown("run", config["run"], config["runs"])
    for name, source in config["sources"].items():
        yield from (f"sources.{name}.{problem}" for problem in _source_problems(source))
    for name in recipes:
        yield from _warm_start_problems(name, recipes)
    for name, run in config["runs"].items():
        for network, recipe in run["recipes"].items():
            yield from _unknown(f"runs.{name}.recipes.{network}", recipe, recipes)
        for number, experiment in enumerate(run["experiments"]):
            key = f"runs.{name}.experiments.{number}"
            chosen = {"recipes": {}, "qualities": None} | experiment
            yield from (f"{key}{problem}" for problem in _name_problems(chosen, run, config))
            yield from (f"{key}.{problem}" for problem in _embedding_problems(chosen, config["sources"]))
            for combined in experiment["sources"]:
                yield from (f"{key}.{problem}" for problem in _size_problems(combined, chosen, config["sources"]))
            yield from (f"{key}.features: {problem}" for problem in _feature_problems(chosen, config["sources"]))
            for network in experiment["networks"]:
                recipe = (run["recipes"] | chosen["recipes"])[network]
                yield from _recipe_problems(key, network, recipe, chosen, config)


def _source_problems(source: Mapping[str, Any]) -> Iterator[str]:
    kind, path = KINDS[source["kind"]], source["path"]
    if kind.path == "required" and path is None:
        yield "path: expected a folder or archive of images, got null"
    if path is not None and (unset := UNSET.search(path)):
        yield f"path: expected a value of {unset[0]}, which is not set: set it, as in {unset[1]}=/data/images"
    if kind.path == "none" and path is not None:
        yield f"path: expected null, as the {source['kind']} needs no file, got {path!r}"
    if kind.stego_folders and source["tiles"] > 1:
        yield f"tiles: expected 1, as precomputed pairs are not cut up, got {source['tiles']}"
    whole_blocks = source["resize"] == "crop" and source["size"] % 8 == 0
    if kind.stego_folders and source["keep"] == "coefficients" and not whole_blocks:
        yield "keep: expected pixels, as only a crop by whole 8x8 blocks has coefficients"
    shares = {split: source[split] for split in SPLITS if isinstance(source[split], float)}
    if shares and source["kind"] != "folder":
        yield f"{next(iter(shares))}: expected a number of covers of {source['kind']}, got a share"
    elif any(source[split] for split in SPLITS if split not in shares) and shares:
        yield f"train: expected shares of all splits, or numbers, got both: {[source[split] for split in SPLITS]}"
    elif sum(shares.values()) > 1 + 1e-9:
        yield f"train: expected shares of 1 together at most, got {sum(shares.values()):g}"
    for split in SPLITS:
        if split not in shares and shard_count(source[split], source["shard_pairs"]) > SHARDS:
            yield f"shard_pairs: expected at most {SHARDS} shards of {split}, got more: raise it"


def _warm_start_problems(name: str, recipes: Mapping[str, Any]) -> Iterator[str]:
    """A recipe may start from another's weights, and that from a third's, but not from its own."""
    passed = [name]
    while (start := recipes[passed[-1]]["warm_start"]) is not None:
        yield from _unknown(f"recipes.{passed[-1]}.warm_start.recipe", start["recipe"], recipes)
        passed.append(start["recipe"])
        if passed[-1] in passed[:-1]:
            yield f"recipes.{name}.warm_start: expected a recipe that does not lead back, got {' -> '.join(passed)}"


def _name_problems(experiment: Mapping[str, Any], run: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    """Names in an experiment that the file, or this project, does not have."""
    networks, features = experiment["networks"], experiment["features"]
    for network, recipe in experiment["recipes"].items():
        yield from _unknown(f".recipes.{network}", recipe, config["recipes"])
        yield from _unknown(".recipes", network, networks)
    for network in networks:
        if network not in run["recipes"] | experiment["recipes"]:
            yield f".networks: expected a recipe for {network} under recipes of the run, got none"
    if not networks and not features:
        yield ": expected networks, features or both, got neither"
    if experiment["splits"] > 1 and not features:
        yield ".splits: expected features, which are fitted anew for each split, got none"
    if experiment["means"] and not (networks and features):
        yield ".means: expected networks and features to take means of, got one of them"
    for name in _singles(experiment["embedders"]):
        yield from _unknown(".embedders", name, EMBEDDERS)
    for combined in experiment["embedders"]:
        yield from (f".embedders: {problem}" for problem in _order_problems(combined))
    for combined in experiment["sources"]:
        yield from (f".sources: {problem}" for problem in combination_problems(combined, config["sources"]))


def _embedding_problems(experiment: Mapping[str, Any], entries: Mapping[str, Any]) -> Iterator[str]:
    """Embedders, payloads, qualities and kinds of sources that do not go together."""
    embedders, payloads, qualities = _singles(experiment["embedders"]), experiment["payloads"], experiment["qualities"]
    domains = sorted({EMBEDDERS[name].domain for name in embedders})
    if len(domains) > 1:
        yield f"embedders: expected embedders of one domain, got {' and '.join(domains)}: make two experiments"
    expected, limit, words = _PAYLOADS[domains[0]]
    for payload in payloads:
        if not (payload in words if isinstance(payload, str) else 0 < payload < limit):
            yield f"payloads: expected {expected}, got {payload!r}"
    precomputed = {payload == PRECOMPUTED for payload in payloads}
    for name in _singles(experiment["sources"]):
        folders = KINDS[entries[name]["kind"]].stego_folders
        if precomputed != {bool(folders)}:
            expected = f"[{PRECOMPUTED}]" if folders else "numbers"
            yield f"payloads: expected {expected} for {name} of kind {entries[name]['kind']}, got {payloads}"
        for embedder in embedders:
            yield from _unknown("embedders", embedder, folders or EMBEDDERS)
    has_none = {
        f" for {embedders[0]}, which embeds in pixels": not words,
        ", as precomputed pairs have theirs": True in precomputed,
    }
    if True in precomputed and experiment["coding"] != ["simulated"]:
        yield f"coding: expected none for precomputed pairs, got {experiment['coding']}"
    reason = next((reason for reason, holds in has_none.items() if holds), None)
    if reason and qualities:
        yield f"qualities: expected none{reason}, got {qualities}"
    if not reason and not qualities:
        yield f"qualities: expected JPEG qualities for {embedders[0]}, got none: add qualities: [75, 90, 95]"


def _size_problems(combined: str, experiment: Mapping[str, Any], entries: Mapping[str, Any]) -> Iterator[str]:
    """Sources with too few covers, or too small ones for a network and its head."""
    names = combined.split(PLUS)
    for split in SPLITS:
        if sum(entries[name][split] for name in names) == 0:
            yield f"sources: expected {split} covers in {combined}, got none: raise sources.{names[0]}.{split}"
    size = entries[names[0]]["size"]
    for network, head in product(experiment["networks"], experiment["heads"]):
        least = models.smallest_image(network, head)
        if not models.has_head(network, head):
            yield f"heads: expected fc or pool for {network}, got {head}"
        elif size < least:
            yield f"heads: expected covers of {least} pixels or more for {head}, got {size} in {combined}"


def _feature_problems(experiment: Mapping[str, Any], entries: Mapping[str, Any]) -> Iterator[str]:
    """Feature sets that look at coefficients, where there are none, or at a quality that they are not defined for."""
    for name in (detector.rpartition("-")[0] for detector in experiment["features"]):
        if not FEATURES[name].of_coefficients:
            continue
        if not _domain(experiment).holds(FEATURES[name].domain):
            yield f"expected spam, srm or srmq1 for embedders of the spatial domain, got {name}"
        for quality in experiment["qualities"] or ():
            if quality not in FEATURES[name].qualities:
                yield f"expected a quality that {name} is defined for, got {quality}: take dctr or srm"
        if experiment["qualities"] is None and (pixels := _of_pixels(experiment, entries)):
            yield f"expected keep: coefficients of {pixels[0]} for {name}, got pixels: or take srm"


def _recipe_problems(
    key: str, network: str, name: str | None, experiment: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    """What a recipe, and those that it starts from, ask of the sources and stego sets of an experiment."""
    entries, heads = config["sources"], experiment["heads"]
    smallest = min(entries[source]["size"] for source in _singles(experiment["sources"]))
    while name is not None:
        recipe, where = Recipe(**config["recipes"][name]), f"recipes.{name}"
        least = max(models.smallest_image(network, head) for head in heads)
        if recipe.crop is not None and not least <= recipe.crop <= smallest:
            yield f"{where}.crop: expected {least} to {smallest} pixels in {key}, got {recipe.crop}"
        if not _domain(experiment).holds(recipe.domain):
            yield f"{where}.unrounded: expected false for embedders of the spatial domain in {key}, got true"
        if recipe.unrounded and (pixels := _of_pixels(experiment, entries)):
            yield f"{where}.unrounded: expected keep: coefficients of {pixels[0]} in {key}, got pixels"
        if recipe.stego == "online" and "stc" in experiment["coding"]:
            yield f"{where}.stego: expected stored for coded stegos in {key}, got online, which draws simulated ones"
        if PRECOMPUTED in experiment["payloads"]:
            if recipe.stego == "online":
                yield f"{where}.stego: expected stored for precomputed pairs in {key}, got online"
            if recipe.warm_start and recipe.warm_start.payload:
                yield f"{where}.warm_start.payload: expected none for precomputed pairs in {key}, got a number"
        start = recipe.warm_start
        name, heads = (start.recipe, [start.head] if start.head else heads) if start else (None, heads)


def combination_problems(combined: str, entries: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the name of a source, or of several combined: a cover must not be in it twice."""
    names = combined.split(PLUS)
    for name in names:
        yield from (problem.removeprefix(": ") for problem in _unknown("", name, entries))
    yield from _order_problems(combined)
    sizes = sorted({entries[name]["size"] for name in names})
    if len(sizes) > 1:
        yield f"expected sources of one size in {combined}, got {' and '.join(map(str, sizes))} pixels"
    if len({_place(entries[name]) for name in names}) < len(names):
        yield f"expected sources with images of their own in {combined}, got the same ones twice: splits would leak"


def _order_problems(combined: str) -> Iterator[str]:
    name = PLUS.join(sorted(set(combined.split(PLUS))))
    if combined != name:
        yield f"expected {name}, got {combined}: one combination has one name"


def _domain(experiment: Mapping[str, Any]) -> Domain:
    """Domain of the embedders of an experiment, which have one together."""
    return EMBEDDERS[_singles(experiment["embedders"])[0]].domain


def _singles(combinations: Iterable[str]) -> list[str]:
    return [name for combined in combinations for name in combined.split(PLUS)]


def _of_pixels(experiment: Mapping[str, Any], entries: Mapping[str, Any]) -> list[str]:
    """Sources of an experiment whose shards hold no coefficients."""
    return [name for name in _singles(experiment["sources"]) if entries[name]["keep"] == "pixels"]


def apart(trained: Iterable[str], tested: Iterable[str], entries: Mapping[str, Any]) -> bool:
    """Whether no test image of some sources can be a training image of others: a source has one split of its images."""
    return not any(
        mine != other and _place(entries[mine]) == _place(entries[other]) for mine, other in product(trained, tested)
    )


def _place(source: Mapping[str, Any]) -> tuple[str, str | None]:
    return source["kind"], source["path"] and str(Path(source["path"]).resolve())


def _unknown(key: str, got: object, choices: Collection[str]) -> Iterator[str]:
    if got not in choices:
        yield f"{key}: expected one of {', '.join(choices)}, got {got!r}{_nearest(got, choices)}"
