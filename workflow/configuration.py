"""Models of config.yaml: types, choices, defaults and meaning of every key; each mistake is one line.

`docs/configuration.md` is made from them by `workflow/configuration_page.py`.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, Field, ValidationError

import models
from embedders import EMBEDDERS, Domain, EmbedderError, own
from models.features import FEATURES
from models.recipe import Recipe
from models.values import Choice, Flag, Keys, Name, Named, Number, Several, Some, Sparse, Text, Value, Whole
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
_PAYLOADS = "bits per pixel above 0 and below log2(3) = 1.585"


class ConfigError(ValueError):
    """One line: file, key, expected, got, nearest valid."""


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


class Source(Keys):
    """Where covers come from. The name of a source is part of paths."""

    kind: Annotated[str, Choice(tuple(KINDS))] = Field(
        description="sample (photographs inside installed Python packages), bossbase, bows2, folder (your own "
        "images) or "
        "alaska2 (precomputed pairs: a folder with Cover, JMiPOD, JUNIWARD, UERD, each of `<ID>.jpg`)"
    )
    path: Annotated[str, Text()] | None = Field(
        None,
        description="your archive or folder; null downloads bossbase and bows2, and fetches alaska2 from Kaggle; a "
        "folder "
        "needs one, the sample has none",
    )
    group: Annotated[str, Choice(tuple(GROUPS))] = Field(
        "file",
        description="images that stay in one split: file, folder (files below one top folder), prefix (file name up "
        "to its "
        "last _), patient (DICOM files of one PatientID)",
    )
    size: Annotated[int, Number(8, 4096, whole=True)] = Field(256, description="side of the square covers, pixels")
    resize: Annotated[str, Choice(tuple(images.METHODS))] = Field(
        "matlab",
        description="matlab (imresize, bicubic with antialiasing, as in the literature) or crop (the centre; of "
        "precomputed "
        "pairs on the 8x8 grid, where matlab destroys most of the embedding)",
    )
    tiles: Annotated[int, Number(1, 32, whole=True)] = Field(
        1,
        description="covers along each side that an image is cut into, after it was resized to tiles x size pixels; "
        "all of "
        "an image stay in one split",
    )
    order: Annotated[str, Choice(("shuffled", "sorted"))] = Field(
        "shuffled", description="shuffled (by split_seed) or sorted (by name as text, as Tabares-Soto et al. do)"
    )
    split_seed: Whole = Field(1, description="seed of the shuffle")
    train: Whole = Field(description="covers to learn from; those beyond the three splits are not used")
    val: Whole = Field(description="covers to choose by")
    test: Whole = Field(description="covers that are scored once")
    shard_pairs: Annotated[int, Number(1, 100_000, whole=True)] = Field(
        5000, description="pairs of one HDF5 file, which is one job ([scaling](scaling.md))"
    )
    exclude: Several[Annotated[str, Text(exact=True)]] = Field([], description="names of covers that are never used")
    left_out: Annotated[float, Number(0, 1)] = Field(
        0.01,
        description="share of a split's covers that an embedder may refuse (too smooth for the payload); they are "
        "left out "
        "of that stego set and named; more end the run",
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
        f"([embedders](embedders.md))"
    )
    payloads: Some[Annotated[float | str, Payload()]] = Field(
        description="bits per pixel (spatial) or per non-zero AC coefficient (JPEG), or precomputed"
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
        raise _refusal(file, _explain(error.errors()[0])) from error
    except (EmbedderError, ValueError) as error:  # a path with a NUL byte is a ValueError
        raise _refusal(file, f"embedders: {error}") from error
    for name, source in checked["sources"].items():
        if source["path"] is not None:
            try:
                source["path"] = expanded(source["path"])
                Path(source["path"]).resolve()
            except (ValueError, RuntimeError, OSError) as error:
                raise _refusal(
                    file, f"sources.{name}.path: expected a path, got {source['path']!r}: {error}"
                ) from error
    problem = next(_problems(checked), None)
    if problem:
        raise _refusal(file, problem)
    return checked


def _refusal(file: str, problem: str) -> ConfigError:
    """Make one line of what is wrong, that every terminal can print."""
    line = " ".join(f"{file}: {problem}".encode("utf-8", "backslashreplace").decode().split())
    return ConfigError(line if len(line) <= LONGEST else f"{line[:LONGEST]} ...")


def _explain(error: Any) -> str:  # noqa: ANN401 pydantic's ErrorDetails
    """One line of an error of pydantic."""
    path = [part for part in error["loc"] if part != "[key]"]
    try:
        got = f"{error['input']!r:.200}"
    except ValueError:  # of a number of thousands of digits
        got = "a number of thousands of digits"
    match error["type"]:
        case "extra_forbidden":
            known = _model_at(path[:-1]).model_fields
            return f"{_key(path)}: expected a known key, got {str(path[-1])!r}{_nearest(path[-1], known)}"
        case "missing":
            return f"{_key(path)}: expected a value, got none: add this key"
        case "value_error":
            return f"{_key(path)}: {' '.join(str(error['ctx']['error']).split())}"
        case "list_type":
            return f"{_key(path)}: expected a list, got {got}"
        case "too_short":
            return f"{_key(path)}: expected one value or more, got none"
        case "invalid_key" | "string_type" if "[key]" in error["loc"] or error["type"] == "invalid_key":
            return f"{_key(path)}: expected a known key, got {got}: quote names that are no texts to YAML"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"{_key(path)}: expected a mapping, got {got}"
    return f"{_key(path)}: {error['msg'].lower()}, got {got}"


def _model_at(path: Iterable[object]) -> type[BaseModel]:
    """Model of the mapping at a key."""
    model: type[BaseModel] = Configuration
    for part in path:
        if part in model.model_fields and (inner := _models_in(model.model_fields[str(part)].annotation)):
            model = inner[0]
    return model


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _problems(config: Mapping[str, Any]) -> Iterator[str]:
    """What a schema cannot say: names that must exist elsewhere in the file, and numbers that must fit together."""
    if config["run"] not in config["runs"]:
        yield _unknown("run", config["run"], config["runs"])
    for name, source in config["sources"].items():
        yield from (f"sources.{name}.{problem}" for problem in _source_problems(source))
    for name in config["recipes"]:
        yield from _warm_start_problems(name, config["recipes"])
    for name, run in config["runs"].items():
        for network, recipe in run["recipes"].items():
            if recipe not in config["recipes"]:
                yield _unknown(f"runs.{name}.recipes.{network}", recipe, config["recipes"])
        for number, experiment in enumerate(run["experiments"]):
            yield from _experiment_problems(f"runs.{name}.experiments.{number}", experiment, run, config)


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
    for split in SPLITS:
        if shard_count(source[split], source["shard_pairs"]) > SHARDS:
            yield f"shard_pairs: expected at most {SHARDS} shards of {split}, got more: raise it"


def _warm_start_problems(name: str, recipes: Mapping[str, Any]) -> Iterator[str]:
    """A recipe may start from another's weights, and that from a third's, but not from its own."""
    passed = [name]
    while (start := recipes[passed[-1]]["warm_start"]) is not None:
        if start["recipe"] not in recipes:
            yield _unknown(f"recipes.{passed[-1]}.warm_start.recipe", start["recipe"], recipes)
            return
        passed.append(start["recipe"])
        if passed[-1] in passed[:-1]:
            yield f"recipes.{name}.warm_start: expected a recipe that does not lead back, got {' -> '.join(passed)}"
            return


def _experiment_problems(
    key: str, experiment: Mapping[str, Any], run: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    recipes = experiment.get("recipes", {})
    for network, recipe in recipes.items():
        if recipe not in config["recipes"]:
            yield _unknown(f"{key}.recipes.{network}", recipe, config["recipes"])
        if network not in experiment["networks"]:
            yield _unknown(f"{key}.recipes", network, experiment["networks"])
    for network in experiment["networks"]:
        if network not in run["recipes"] | recipes:
            yield f"{key}.networks: expected a recipe for {network} under recipes of the run, got none"
    if not experiment["networks"] and not experiment["features"]:
        yield f"{key}: expected networks, features or both, got neither"
    if experiment["means"] and not (experiment["networks"] and experiment["features"]):
        yield f"{key}.means: expected networks and features to take means of, got one of them"
    yield from _embedder_problems(key, experiment)
    for combined in experiment["sources"]:
        yield from _data_problems(key, combined, experiment, config["sources"])
    yield from _feature_problems(key, experiment, config["sources"])
    yield from _recipe_problems(key, experiment, run, config)


def _embedder_problems(key: str, experiment: Mapping[str, Any]) -> Iterator[str]:
    names = [name for combined in experiment["embedders"] for name in combined.split(PLUS)]
    for name in names:
        if name not in EMBEDDERS:
            yield _unknown(f"{key}.embedders", name, EMBEDDERS)
            return
    for combined in experiment["embedders"]:
        name = PLUS.join(sorted(set(combined.split(PLUS))))
        if combined != name:
            yield f"{key}.embedders: expected {name}, got {combined}: one combination has one name"
    domains = sorted({EMBEDDERS[name].domain for name in names})
    if len(domains) > 1:
        yield f"{key}.embedders: expected embedders of one domain, got {' and '.join(domains)}: make two experiments"
    precomputed, qualities = PRECOMPUTED in experiment["payloads"], experiment.get("qualities")
    for payload in experiment["payloads"]:
        if isinstance(payload, str):
            continue
        if domains == ["spatial"] and not 0 < payload < math.log2(3):
            yield f"{key}.payloads: expected {_PAYLOADS}, got {payload!r}"
        elif payload <= 0:
            yield f"{key}.payloads: expected bits per non-zero AC coefficient above 0, got {payload!r}"
        elif domains == ["jpeg"] and qualities is None:
            yield f"{key}.qualities: expected JPEG qualities for {names[0]}, got none: add qualities: [75, 90, 95]"
    if domains == ["spatial"] and precomputed:
        yield f"{key}.payloads: expected {_PAYLOADS}, got {PRECOMPUTED!r}"
    if domains == ["spatial"] and qualities is not None:
        yield f"{key}.qualities: expected none for {names[0]}, which embeds in pixels, got {qualities}"
    if precomputed and qualities is not None:
        yield f"{key}.qualities: expected none, as precomputed pairs have theirs, got {qualities}"


def _domain(experiment: Mapping[str, Any]) -> Domain:
    """Domain of the embedders of an experiment, which have one together."""
    return EMBEDDERS[experiment["embedders"][0].split(PLUS)[0]].domain


def _feature_problems(key: str, experiment: Mapping[str, Any], entries: Mapping[str, Any]) -> Iterator[str]:
    """Feature sets that look at coefficients, where there are none, or at a quality that they are not defined for."""
    sets = [name.rpartition("-")[0] for name in experiment["features"]]
    sources = {source for combined in experiment["sources"] for source in combined.split(PLUS)}
    for name in dict.fromkeys(name for name in sets if FEATURES[name].domain is Domain.JPEG):
        if _domain(experiment) is Domain.SPATIAL:
            yield f"{key}.features: expected spam, srm or srmq1 for embedders of the spatial domain, got {name}"
        for quality in experiment.get("qualities", []):
            if quality not in FEATURES[name].qualities:
                yield f"{key}.features: expected a quality that {name} is defined for, got {quality}: take dctr or srm"
        pixels = [source for source in sorted(sources) if entries[source]["keep"] == "pixels"]
        if PRECOMPUTED in experiment["payloads"] and pixels:
            yield f"{key}.features: expected keep: coefficients of {pixels[0]} for {name}, got pixels: or take srm"


def _data_problems(key: str, combined: str, experiment: Mapping[str, Any], entries: Mapping[str, Any]) -> Iterator[str]:
    for problem in combination_problems(combined, entries):
        yield f"{key}.sources: {problem}"
        return
    names, payloads = combined.split(PLUS), experiment["payloads"]
    for name in names:
        folders = KINDS[entries[name]["kind"]].stego_folders
        if bool(folders) != (PRECOMPUTED in payloads):
            expected = f"[{PRECOMPUTED}]" if folders else "numbers"
            yield f"{key}.payloads: expected {expected} for {name} of kind {entries[name]['kind']}, got {payloads}"
        for embedder in (name for together in experiment["embedders"] for name in together.split(PLUS)):
            if folders and embedder not in folders:
                yield _unknown(f"{key}.embedders", embedder, folders)
    for split in SPLITS:
        if sum(entries[name][split] for name in names) == 0:
            yield f"{key}.sources: expected {split} covers in {combined}, got none: raise sources.{names[0]}.{split}"
    size = entries[names[0]]["size"]
    for network, head in product(experiment["networks"], experiment["heads"]):
        least = models.smallest_image(network, head)
        if not models.has_head(network, head):
            yield f"{key}.heads: expected fc or pool for {network}, got {head}"
        elif size < least:
            yield f"{key}.heads: expected covers of {least} pixels or more for {head}, got {size} in {combined}"


def _recipe_problems(
    key: str, experiment: Mapping[str, Any], run: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    """What the recipes of an experiment ask of its sources and stego sets."""
    smallest = min(
        config["sources"][source]["size"] for together in experiment["sources"] for source in together.split(PLUS)
    )
    for network in experiment["networks"]:
        name, heads = (run["recipes"] | experiment.get("recipes", {}))[network], experiment["heads"]
        while name is not None:
            recipe = config["recipes"][name]
            start, crop = recipe["warm_start"] or {}, recipe["crop"]
            least = max(models.smallest_image(network, head) for head in heads)
            if crop is not None and not least <= crop <= smallest:
                yield f"recipes.{name}.crop: expected {least} to {smallest} pixels in {key}, got {crop}"
            if recipe["unrounded"]:
                yield from _unrounded_problems(f"recipes.{name}.unrounded", key, experiment, config["sources"])
            if recipe["stego"] == "online" and PRECOMPUTED in experiment["payloads"]:
                yield f"recipes.{name}.stego: expected stored for precomputed pairs in {key}, got online"
            if "payload" in start and PRECOMPUTED in experiment["payloads"]:
                yield f"recipes.{name}.warm_start.payload: expected none for precomputed pairs in {key}, got a number"
            name, heads = start.get("recipe"), [start["head"]] if "head" in start else heads


def _unrounded_problems(
    recipe: str, key: str, experiment: Mapping[str, Any], entries: Mapping[str, Any]
) -> Iterator[str]:
    """Unrounded pixels are made of coefficients."""
    if _domain(experiment) is Domain.SPATIAL:
        yield f"{recipe}: expected false for embedders of the spatial domain in {key}, got true"
    pixels = [
        source
        for together in experiment["sources"]
        for source in together.split(PLUS)
        if entries[source]["keep"] == "pixels"
    ]
    if pixels:
        yield f"{recipe}: expected keep: coefficients of {pixels[0]} in {key}, got pixels"


def combination_problems(combined: str, entries: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the name of a source, or of several combined: a cover must not be in it twice."""
    names = combined.split(PLUS)
    for name in names:
        if name not in entries:
            yield _unknown(name, name, entries).partition(": ")[2]
            return
    if names != sorted(set(names)):
        yield f"expected {PLUS.join(sorted(set(names)))}, got {combined}: one combination has one name"
    sizes = sorted({entries[name]["size"] for name in names})
    if len(sizes) > 1:
        yield f"expected sources of one size in {combined}, got {' and '.join(map(str, sizes))} pixels"
    if len({_place(entries[name]) for name in names}) < len(names):
        yield f"expected sources with images of their own in {combined}, got the same ones twice: splits would leak"


def apart(trained: Iterable[str], tested: Iterable[str], entries: Mapping[str, Any]) -> bool:
    """Whether no test image of some sources can be a training image of others: a source has one split of its images."""
    return not any(
        mine != other and _place(entries[mine]) == _place(entries[other]) for mine, other in product(trained, tested)
    )


def _place(source: Mapping[str, Any]) -> tuple[str, str | None]:
    return source["kind"], source["path"] and str(Path(source["path"]).resolve())


def _unknown(key: str, got: object, choices: Iterable[str]) -> str:
    return f"{key}: expected one of {', '.join(choices)}, got {got!r}{_nearest(got, choices)}"


def _key(path: Iterable[object]) -> str:
    return ".".join(map(str, path)) or "top level"
