"""Models of config.yaml: types, choices, defaults and meaning of every key; each mistake is one line.

`docs/configuration.md` is made from them by `workflow/configuration_page.py`.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, ValidationError

import models
from embedders import EMBEDDERS, Domain, EmbedderError, own
from models.features import FEATURES
from models.recipe import Recipe, WarmStart
from models.values import Choice, Flag, Keys, Name, Named, Number, Several, Size, Some, Sparse, Text, Value, Whole
from models.values import nearest as _nearest
from stegdata.files import expanded
from stegdata.formats import images
from stegdata.names import PLUS, PRECOMPUTED
from stegdata.sources.kinds import GROUPS, KINDS
from stegdata.splits import SPLITS, shard_count

#: Shards are numbered with three digits.
SHARDS = 1000
#: Characters of an error.
LONGEST = 500
#: A name of the environment that has no value.
UNSET = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
#: What a payload of each domain is, the number that it stays below, and the words that may stand for it.
_PAYLOADS: Mapping[Domain, tuple[str, float, tuple[str, ...]]] = {
    Domain.SPATIAL: ("bits per pixel above 0 and below log2(3) = 1.585", math.log2(3), ()),
    Domain.JPEG: ("bits per non-zero AC coefficient above 0", math.inf, (PRECOMPUTED,)),
}


class ConfigError(ValueError):
    """One line: file, key, expected, got, nearest valid."""

    def __init__(self, file: str, problem: str) -> None:
        """Make one line of what is wrong, that every terminal can print."""
        line = " ".join(f"{file}: {problem}".encode("utf-8", "backslashreplace").decode().split())
        super().__init__(line if len(line) <= LONGEST else f"{line[:LONGEST]} ...")


class Payload(Value):
    """A number, or the word precomputed."""

    def __str__(self) -> str:
        """Describe it."""
        return f"number above 0, or `{PRECOMPUTED}`"

    def check(self, value: Any) -> Any:  # noqa: ANN401 any YAML
        """Return the payload."""
        if value == PRECOMPUTED:
            return value
        try:
            return Number().check(value)
        except ValueError as error:
            raise ValueError(str(error).replace("a number,", f"a number or {PRECOMPUTED},")) from error


_Size = Annotated[int | float, Size()]


def _place_of(path: str) -> str:
    try:
        place = expanded(path)
        Path(place).resolve()
    except (ValueError, RuntimeError, OSError) as error:
        raise ValueError(f"expected a path, got {path!r}: {error}") from error
    return place


class Source(Keys):
    """Where covers come from. The name of a source is part of paths."""

    kind: Annotated[str, Choice(tuple(KINDS))] = Field(
        description="sample (photographs inside installed Python packages), bossbase, bows2, folder (your own "
        "images) or alaska2 (precomputed pairs: a folder with Cover, JMiPOD, JUNIWARD, UERD, each of `<ID>.jpg`)"
    )
    path: Annotated[str, Text(), AfterValidator(_place_of)] | None = Field(
        None,
        description="your archive or folder; null downloads bossbase and bows2, and fetches alaska2 from Kaggle; a "
        "folder needs one, the sample has none",
    )
    group: Annotated[str, Choice(tuple(GROUPS))] = Field(
        "file",
        description="images that stay in one split: file, folder (files below one top folder), prefix (file name up "
        "to its last _), patient (DICOM files of one PatientID)",
    )
    size: Annotated[int, Number(8, 4096, whole=True)] = Field(256, description="side of the square covers, pixels")
    resize: Annotated[str, Choice(tuple(images.METHODS))] = Field(
        "matlab",
        description="matlab (imresize, bicubic with antialiasing, as in the literature) or crop (the centre; of "
        "precomputed pairs on the 8x8 grid, where matlab destroys most of the embedding)",
    )
    tiles: Annotated[int, Number(1, 32, whole=True)] = Field(
        1,
        description="covers along each side that an image is cut into, after it was resized to tiles x size pixels; "
        "all of an image stay in one split",
    )
    order: Annotated[str, Choice(("shuffled", "sorted"))] = Field(
        "shuffled", description="shuffled (by split_seed) or sorted (by name as text, as Tabares-Soto et al. do)"
    )
    split_seed: Whole = Field(1, description="seed of the shuffle")
    train: _Size = Field(
        description="covers to learn from: a number, or of a folder a share; those beyond the three splits are not used"
    )
    val: _Size = Field(description="covers to choose by")
    test: _Size = Field(description="covers that are scored once")
    shard_pairs: Annotated[int, Number(1, 100_000, whole=True)] = Field(
        5000, description="pairs of one HDF5 file, which is one job ([scaling](scaling.md))"
    )
    history: Annotated[str, Choice(("warn", "refuse", "keep"))] = Field(
        "warn",
        description="covers that were JPEG and are not reduced by two, which gives spatial stegos away: warn, refuse, "
        "or keep without looking ([data](data.md#compression-history))",
    )
    exclude: Several[Annotated[str, Text(exact=True)]] = Field([], description="names of covers that are never used")
    left_out: Annotated[float, Number(0, 1)] = Field(
        0.01,
        description="share of a split's covers that an embedder may refuse (too smooth for the payload); they are "
        "left out of that stego set and named; more end the run",
    )
    keep: Annotated[str, Choice(("pixels", "coefficients"))] = Field(
        "pixels", description="coefficients: shards of the JPEG domain hold DCT coefficients too"
    )


_Network = Annotated[str, Choice(models.NETWORKS)]
_Seeds = Some[Whole]


class Experiment(Sparse):
    """Every combination of what it lists."""

    sources: Some[Name] = Field(description="names of sources; a+b combines two, split by split")
    embedders: Some[Name] = Field(
        description=f"{', '.join(EMBEDDERS)}, or your own; a+b combines two on the same covers "
        "([embedders](embedders.md))"
    )
    payloads: Some[Annotated[float | str, Payload()]] = Field(
        description="bits per pixel (spatial) or per non-zero AC coefficient (JPEG), or precomputed"
    )
    coding: Some[Annotated[str, Choice(("simulated", "stc"))]] = Field(
        ["simulated"],
        description="simulated (change probabilities of a perfect code), stc (random messages really embedded, by "
        "syndrome-trellis codes, in stego sets whose name ends in -stc)",
    )
    qualities: Some[Annotated[int, Number(1, 100, whole=True)]] | None = Field(
        None, description="libjpeg quality factors, with JPEG embedders only"
    )
    networks: Several[_Network] = Field([], description="networks to train ([networks](networks.md))")
    heads: Some[Annotated[str, Choice(models.HEADS)]] = Field(
        ["fc"], description="fc (dense layers), lstm (the paper's), pool (lstm without its LSTMs)"
    )
    features: Several[Annotated[str, Choice(models.FEATURE_DETECTORS)]] = Field(
        [], description="rich-model detectors: feature set and classifier ([features](features.md))"
    )
    splits: Annotated[int, Number(1, 100, whole=True)] = Field(
        1,
        description="how often photographs are dealt anew and the features' classifiers fitted, for mean and standard "
        "deviation ([results](results.md#many-splits))",
    )
    means: Flag = Field(
        False,
        description="also each network with each of the features: the mean of their scores, weighted by validation",
    )
    recipes: dict[_Network, Name] | None = Field(None, description="network -> recipe, instead of the run's")
    seeds: _Seeds | None = Field(None, description="instead of the run's")


class Run(Keys):
    """Tables and figures of one command."""

    seeds: _Seeds = Field([1], description="one training each: seeds of weights, dropout and order")
    recipes: dict[_Network, Name] = Field({}, description="network -> recipe")
    cross_dataset: Flag = Field(False, description="test every detector on every stego set of the run too")
    experiments: Annotated[list[Experiment], Field(min_length=1)] = Field(
        description="each makes every combination of what it lists"
    )


class Configuration(Keys):
    """The whole file."""

    run: Name = Field(description="name of the run to build")
    seed: Whole = Field(1, description="seed of all stegos ([embedders](embedders.md))")
    embedders: dict[Name, Name] = Field(
        {}, description="your own embedders: name -> Python file ([extending](extending.md))"
    )
    sources: Named[Source] = Field(description="where covers come from, by name")
    recipes: Named[Recipe] = Field({}, description="how networks are trained, by name")
    runs: dict[Name, Run] = Field(description="what is built, by name")


#: Key -> model of the mappings below it.
MAPPINGS: dict[object, type[BaseModel]] = {"sources": Source, "recipes": Recipe, "warm_start": WarmStart}
MAPPINGS |= {"runs": Run, "experiments": Experiment}


def check(config: Mapping[str, Any], file: str = "config.yaml") -> dict[str, Any]:
    """Check a configuration.

    Parameters
    ----------
    config : mapping
        As Snakemake merged it from file and command line.
    file : str
        Named in errors.

    Returns
    -------
    dict
        The configuration, with defaults where keys were left out.

    Raises
    ------
    ConfigError
        The first mistake.
    """
    try:
        checked = Configuration.model_validate(config).model_dump()
        own.register(checked["embedders"])
    except ValidationError as error:
        raise ConfigError(file, _explain(error.errors()[0])) from error
    except (EmbedderError, ValueError) as error:  # a path with a NUL byte is a ValueError
        raise ConfigError(file, f"embedders: {error}") from error
    for problem in _problems(checked):
        raise ConfigError(file, problem)
    return checked


def _explain(error: Any) -> str:  # noqa: ANN401 pydantic's ErrorDetails
    """One line of an error of pydantic."""
    path = [part for part in error["loc"] if part != "[key]"]
    key, error_type = ".".join(map(str, path)) or "top level", error["type"]
    try:
        got = f"{error['input']!r:.200}"
    except ValueError:  # of a number of thousands of digits
        got = "a number of thousands of digits"
    match error_type:
        case "extra_forbidden":
            model = next((MAPPINGS[part] for part in reversed(path[:-1]) if part in MAPPINGS), Configuration)
            return f"{key}: expected a known key, got {str(path[-1])!r}{_nearest(path[-1], model.model_fields)}"
        case "value_error":
            return f"{key}: {' '.join(str(error['ctx']['error']).split())}"
        case "string_type" if "[key]" in error["loc"]:
            error_type = "invalid_key"
    expected = {
        "missing": "a value, got none: add this key",
        "too_short": "one value or more, got none",
        "list_type": f"a list, got {got}",
        "invalid_key": f"a known key, got {got}: quote names that are no texts to YAML",
        **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), f"a mapping, got {got}"),
    }
    if error_type in expected:
        return f"{key}: expected {expected[error_type]}"
    return f"{key}: {error['msg'].lower()}, got {got}"


def _problems(config: Mapping[str, Any]) -> Iterator[str]:
    """What a schema cannot say: names that must exist elsewhere in the file, and values that must fit together.

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
