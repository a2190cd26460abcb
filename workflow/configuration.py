"""Check config.yaml: one line that names file, key, what was expected, what was got, and the nearest valid word."""

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import Any

import jsonschema
import yaml

import embedders
import models
from embedders import EmbedderError, own
from models.features import FEATURES, QUALITIES
from stegdata.files import expanded
from stegdata.formats import images
from stegdata.names import PLUS, PRECOMPUTED
from stegdata.sources.kinds import GROUPS, KINDS
from stegdata.splits import SPLITS, shard_count

SCHEMA = Path(__file__).parent / "schemas" / "config.schema.yaml"
TYPES = {"integer": "a whole number", "number": "a number", "string": "a text", "object": "a mapping"}
TYPES |= {"array": "a list", "boolean": "true or false", "null": "null"}


# YAML's 1.0 is no whole number, though JSON Schema takes it for one
_WHOLE = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
    "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
)
_VALIDATOR = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_WHOLE)
#: Shards are numbered with three digits.
SHARDS = 1000
#: A name of the environment that has no value.
UNSET = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")


class ConfigError(ValueError):
    """One line: file, key, expected, got, nearest valid."""


#: What keys and values were called before -> now.
RENAMED = {"start": "warm_start", "given": "precomputed", "fresh": "online"}


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
        The first thing that is wrong.
    """
    schema = _schema()
    given = config.get("embedders")
    try:
        own.register(given if isinstance(given, Mapping) else {})
    except EmbedderError as error:
        raise ConfigError(f"{file}: embedders: {error}") from error
    errors = sorted(
        _VALIDATOR(schema).iter_errors(config), key=lambda e: ([str(p) for p in e.path], e.validator != "type")
    )
    if errors:
        raise ConfigError(f"{file}: {_explain(errors[0])}")
    filled = _filled(config, schema, schema["$defs"])
    for source in filled["sources"].values():
        if source["path"] is not None:
            source["path"] = expanded(source["path"])
    problem = next(chain(_not_numbers(filled), _problems(filled)), None)
    if problem:
        raise ConfigError(f"{file}: {problem}")
    return filled


def _filled(value: Any, schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:  # noqa: ANN401 any YAML
    """Copy a value, with the schema's defaults where keys were left out."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [_filled(item, schema.get("items", {}), known) for item in value]
    if not isinstance(value, Mapping):
        return value
    properties, more = schema.get("properties", {}), schema.get("additionalProperties") or {}
    left_out = {
        key: deepcopy(one["default"]) for key, one in properties.items() if "default" in one and key not in value
    }
    return left_out | {key: _filled(item, properties.get(key, more), known) for key, item in value.items()}


@cache
def _schema() -> dict[str, Any]:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    schema["$defs"] |= {
        "kind": {"enum": list(KINDS)},
        "group": {"enum": list(GROUPS)},
        "resize": {"enum": list(images.METHODS)},
        "residual": {"enum": list(models.RESIDUALS)},
        "network": {"enum": list(models.NETWORKS)},
        "head": {"enum": list(models.HEADS)},
        "features": {"enum": list(models.FEATURE_DETECTORS)},
        "precision": {"enum": list(models.PRECISIONS)},
    }
    return schema


def _explain(error: jsonschema.ValidationError) -> str:
    key = _key(error.absolute_path)
    wanted: Any = error.validator_value
    schema: Any = error.schema
    got: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = list(schema["properties"])
            unknown = min(map(str, set(got) - set(known)))
            key = _key([*error.absolute_path, unknown])
            if RENAMED.get(unknown) in known:
                return f"{key}: expected {RENAMED[unknown]}, as this key is called since 0.2, got {unknown!r}"
            return f"{key}: expected a known key, got {unknown!r}{_nearest(unknown, known)}"
        case "required":
            missing = [name for name in wanted if name not in got]
            return f"{_key([*error.absolute_path, missing[0]])}: expected a value, got none: add this key"
        case "enum":
            if RENAMED.get(str(got)) in wanted:
                return f"{key}: expected {RENAMED[got]}, as it is called since 0.2, got {got!r}"
            return f"{key}: expected one of {', '.join(map(str, wanted))}, got {got!r}{_nearest(got, wanted)}"
        case "type":
            if "exclude" in error.absolute_path and wanted == "string":
                return (
                    f"{key}: expected a name in quotes, got {got!r}: YAML takes 0012 for 10 and no for false; write "
                    "exclude: ['0012']"
                )
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return f"{key}: expected {' or '.join(TYPES[kind] for kind in kinds)}, got {got!r}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            least = schema.get("minimum", schema.get("exclusiveMinimum", "-inf"))
            most = schema.get("maximum", schema.get("exclusiveMaximum", "inf"))
            sides = (
                "above" if "exclusiveMinimum" in schema else "from",
                "below" if "exclusiveMaximum" in schema else "to",
            )
            return f"{key}: expected a number {sides[0]} {least} {sides[1]} {most}, got {got!r}"
        case "multipleOf":
            return f"{key}: expected an even number, got {got!r}"
        case "pattern":
            return f"{key}: expected a name of small letters, digits and hyphens, got {got!r}"
    return f"{key}: {error.message}"


def _not_numbers(value: object, path: tuple[object, ...] = ()) -> Iterator[str]:
    """YAML's .nan and .inf, which pass every minimum and maximum."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{_key(path)}: expected a finite number, got {value}"
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from _not_numbers(item, (*path, name))


def _problems(config: Mapping[str, Any]) -> Iterator[str]:
    """What a schema cannot say: names that must exist elsewhere in the file, and numbers that must fit together."""
    if config["run"] not in config["runs"]:
        yield _unknown("run", config["run"], config["runs"])
    for name, source in config["sources"].items():
        yield from (f"sources.{name}.{problem}" for problem in _source_problems(source))
    for name, recipe in config["recipes"].items():
        if recipe["milestones"] != sorted(set(recipe["milestones"])):
            yield f"recipes.{name}.milestones: expected rising numbers, got {recipe['milestones']}"
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
    if kind.precomputed and source["tiles"] > 1:
        yield f"tiles: expected 1, as precomputed pairs are not cut up, got {source['tiles']}"
    whole_blocks = source["resize"] == "crop" and source["size"] % 8 == 0
    if kind.precomputed and source["keep"] == "coefficients" and not whole_blocks:
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
        if name not in embedders.EMBEDDERS:
            yield _unknown(f"{key}.embedders", name, embedders.EMBEDDERS)
            return
    for combined in experiment["embedders"]:
        name = PLUS.join(sorted(set(combined.split(PLUS))))
        if combined != name:
            yield f"{key}.embedders: expected {name}, got {combined}: one combination has one name"
    domains = sorted({embedders.EMBEDDERS[name].domain for name in names})
    if len(domains) > 1:
        yield f"{key}.embedders: expected embedders of one domain, got {' and '.join(domains)}: make two experiments"
    precomputed, qualities = PRECOMPUTED in experiment["payloads"], experiment.get("qualities")
    for payload in experiment["payloads"]:
        if isinstance(payload, str):
            if RENAMED.get(payload) == PRECOMPUTED:
                yield f"{key}.payloads: expected {PRECOMPUTED}, as it is called since 0.2, got {payload!r}"
            elif payload != PRECOMPUTED:
                yield f"{key}.payloads: expected a number or {PRECOMPUTED}, got {payload!r}"
        elif domains == ["spatial"] and not 0 < payload < math.log2(3):
            yield f"{key}.payloads: expected bits per pixel above 0 and below log2(3) = 1.585, got {payload!r}"
        elif payload <= 0:
            yield f"{key}.payloads: expected bits per non-zero AC coefficient above 0, got {payload!r}"
        elif domains == ["jpeg"] and qualities is None:
            yield f"{key}.qualities: expected JPEG qualities for {names[0]}, got none: add qualities: [75, 90, 95]"
    if domains == ["spatial"] and precomputed:
        yield f"{key}.payloads: expected bits per pixel above 0 and below log2(3) = 1.585, got {PRECOMPUTED!r}"
    if domains == ["spatial"] and qualities is not None:
        yield f"{key}.qualities: expected none for {names[0]}, which embeds in pixels, got {qualities}"
    if precomputed and qualities is not None:
        yield f"{key}.qualities: expected none, as precomputed pairs have theirs, got {qualities}"


def _feature_problems(key: str, experiment: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """Feature sets that look at coefficients, where there are none, or at a quality that they are not defined for."""
    sets = [name.rpartition("-")[0] for name in experiment["features"]]
    sources = {source for combined in experiment["sources"] for source in combined.split(PLUS)}
    for name in dict.fromkeys(one for one in sets if FEATURES[one].domain == "jpeg"):
        if any(embedders.EMBEDDERS[one.split(PLUS)[0]].domain == "spatial" for one in experiment["embedders"]):
            yield f"{key}.features: expected spam, srm or srmq1 for embedders of the spatial domain, got {name}"
        for quality in experiment.get("qualities", []):
            if quality not in QUALITIES[name]:
                yield f"{key}.features: expected a quality that {name} is defined for, got {quality}: take dctr or srm"
        pixels = [source for source in sorted(sources) if known[source]["keep"] == "pixels"]
        if PRECOMPUTED in experiment["payloads"] and pixels:
            yield f"{key}.features: expected keep: coefficients of {pixels[0]} for {name}, got pixels: or take srm"


def _data_problems(key: str, combined: str, experiment: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    for problem in combination_problems(combined, known):
        yield f"{key}.sources: {problem}"
        return
    parts, payloads = combined.split(PLUS), experiment["payloads"]
    for part in parts:
        folders = KINDS[known[part]["kind"]].precomputed
        if bool(folders) != (PRECOMPUTED in payloads):
            wanted = f"[{PRECOMPUTED}]" if folders else "numbers"
            yield f"{key}.payloads: expected {wanted} for {part} of kind {known[part]['kind']}, got {payloads}"
        for name in (name for one in experiment["embedders"] for name in one.split(PLUS)):
            if folders and name not in folders:
                yield _unknown(f"{key}.embedders", name, folders)
    for split in SPLITS:
        if sum(known[part][split] for part in parts) == 0:
            yield f"{key}.sources: expected {split} covers in {combined}, got none: raise sources.{parts[0]}.{split}"
    size = known[parts[0]]["size"]
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
    smallest = min(config["sources"][part]["size"] for one in experiment["sources"] for part in one.split(PLUS))
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
    recipe: str, key: str, experiment: Mapping[str, Any], known: Mapping[str, Any]
) -> Iterator[str]:
    """Unrounded pixels are made of coefficients."""
    if any(embedders.EMBEDDERS[one.split(PLUS)[0]].domain == "spatial" for one in experiment["embedders"]):
        yield f"{recipe}: expected false for embedders of the spatial domain in {key}, got true"
    pixels = [part for one in experiment["sources"] for part in one.split(PLUS) if known[part]["keep"] == "pixels"]
    if pixels:
        yield f"{recipe}: expected keep: coefficients of {pixels[0]} in {key}, got pixels"


def combination_problems(combined: str, known: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the name of a source, or of several combined: a cover must not be in it twice."""
    parts = combined.split(PLUS)
    for part in parts:
        if part not in known:
            yield _unknown(part, part, known).partition(": ")[2]
            return
    if parts != sorted(set(parts)):
        yield f"expected {PLUS.join(sorted(set(parts)))}, got {combined}: one combination has one name"
    sizes = sorted({known[part]["size"] for part in parts})
    if len(sizes) > 1:
        yield f"expected sources of one size in {combined}, got {' and '.join(map(str, sizes))} pixels"
    if len({_place(known[part]) for part in parts}) < len(parts):
        yield f"expected sources with images of their own in {combined}, got the same ones twice: splits would leak"


def apart(trained: Iterable[str], tested: Iterable[str], known: Mapping[str, Any]) -> bool:
    """Whether no test image of some sources can be a training image of others: a source has one split of its images."""
    return not any(
        one != other and _place(known[one]) == _place(known[other]) for one, other in product(trained, tested)
    )


def _place(source: Mapping[str, Any]) -> tuple[str, str | None]:
    return source["kind"], source["path"] and str(Path(source["path"]).resolve())


def _unknown(key: str, got: object, known: Iterable[str]) -> str:
    return f"{key}: expected one of {', '.join(known)}, got {got!r}{_nearest(got, known)}"


def _key(path: Iterable[object]) -> str:
    return ".".join(map(str, path)) or "top level"


def _nearest(got: object, known: Iterable[object]) -> str:
    close = difflib.get_close_matches(str(got), [str(word) for word in known], n=1, cutoff=0.4)
    return f"; nearest valid: {close[0]}" if close else ""
