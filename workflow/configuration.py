"""Check config.yaml: one line that names file, key, what was expected, what was got, and the nearest valid word."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import jsonschema
import yaml

import embedders
import models
from stegdata import images, sources
from stegdata.alaska2 import FOLDERS
from stegdata.names import GIVEN
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


class ConfigError(ValueError):
    """One line: file, key, expected, got, nearest valid."""


def check(config: Mapping[str, Any], file: str = "config.yaml") -> None:
    """Raise `ConfigError` at the first thing that is wrong with a configuration.

    Parameters
    ----------
    config : mapping
        As Snakemake merged it from file and command line.
    file : str
        Named in errors.
    """
    validator = _VALIDATOR(_schema())
    errors = sorted(validator.iter_errors(config), key=lambda e: ([str(p) for p in e.path], e.validator != "type"))
    problem = _explain(errors[0]) if errors else next(chain(_not_numbers(config), _problems(config)), None)
    if problem:
        raise ConfigError(f"{file}: {problem}")


def _schema() -> dict[str, Any]:
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    schema["$defs"] |= {
        "kind": {"enum": list(sources.KINDS)},
        "group": {"enum": list(sources.GROUPS)},
        "resize": {"enum": list(images.METHODS)},
        "residual": {"enum": list(models.RESIDUALS)},
        "network": {"enum": list(models.NETWORKS)},
        "head": {"enum": list(models.HEADS)},
        "precision": {"enum": list(models.PRECISIONS)},
    }
    return schema


def _explain(error: jsonschema.ValidationError) -> str:
    key = _key(error.absolute_path)
    wanted, got = error.validator_value, error.instance
    match error.validator:
        case "additionalProperties":
            known = list(error.schema["properties"])
            unknown = min(map(str, set(got) - set(known)))
            key = _key([*error.absolute_path, unknown])
            return f"{key}: expected a known key, got {unknown!r}{_nearest(unknown, known)}"
        case "required":
            missing = [name for name in wanted if name not in got]
            return f"{_key([*error.absolute_path, missing[0]])}: expected a value, got none: add this key"
        case "enum":
            return f"{key}: expected one of {', '.join(map(str, wanted))}, got {got!r}{_nearest(got, wanted)}"
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return f"{key}: expected {' or '.join(TYPES[kind] for kind in kinds)}, got {got!r}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            least = error.schema.get("minimum", error.schema.get("exclusiveMinimum", "-inf"))
            most = error.schema.get("maximum", error.schema.get("exclusiveMaximum", "inf"))
            sides = (
                "above" if "exclusiveMinimum" in error.schema else "from",
                "below" if "exclusiveMaximum" in error.schema else "to",
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
        if source["kind"] == "folder" and source["path"] is None:
            yield f"sources.{name}.path: expected a folder or archive of images, got null"
        if source["kind"] == "alaska2" and source.get("tiles", 1) > 1:
            yield f"sources.{name}.tiles: expected 1, as ready-made pairs are not cut up, got {source['tiles']}"
        if source["kind"] == "sample" and source["path"] is not None:
            yield f"sources.{name}.path: expected null, as the sample needs no file, got {source['path']!r}"
        for split in SPLITS:
            if shard_count(source[split], source["shard_pairs"]) > SHARDS:
                yield f"sources.{name}.shard_pairs: expected at most {SHARDS} shards of {split}, got more: raise it"
        whole_blocks = source["resize"] == "crop" and source["size"] % 8 == 0
        if source["kind"] == "alaska2" and source["keep"] == "coefficients" and not whole_blocks:
            yield f"sources.{name}.keep: expected pixels, as only a crop by whole 8x8 blocks has coefficients"
    for name in config["recipes"]:
        yield from _start_problems(name, config["recipes"])
    for name, run in config["runs"].items():
        for network, recipe in run["recipes"].items():
            if recipe not in config["recipes"]:
                yield _unknown(f"runs.{name}.recipes.{network}", recipe, config["recipes"])
        for number, experiment in enumerate(run["experiments"]):
            yield from _experiment_problems(f"runs.{name}.experiments.{number}", experiment, run, config)


def _experiment_problems(
    key: str, experiment: Mapping[str, Any], run: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    for network, recipe in experiment.get("recipes", {}).items():
        if recipe not in config["recipes"]:
            yield _unknown(f"{key}.recipes.{network}", recipe, config["recipes"])
        if network not in experiment["networks"]:
            yield _unknown(f"{key}.recipes", network, experiment["networks"])
    for network in experiment["networks"]:
        if network not in run["recipes"]:
            yield f"{key}.networks: expected a recipe for {network} under recipes of the run, got none"
    yield from _embedder_problems(key, experiment)
    for union in experiment["sources"]:
        yield from _union_problems(key, union, experiment, config["sources"])
    yield from _recipe_problems(key, experiment, run, config)
    if GIVEN in experiment["payloads"] and "qualities" in experiment:
        yield f"{key}.qualities: expected none, as ready-made pairs have theirs, got {experiment['qualities']}"


def _start_problems(name: str, recipes: Mapping[str, Any]) -> Iterator[str]:
    """A recipe may start from another's weights, and that from a third's, but not from its own."""
    passed = [name]
    while (start := recipes[passed[-1]].get("start")) is not None:
        if start["recipe"] not in recipes:
            yield _unknown(f"recipes.{passed[-1]}.start.recipe", start["recipe"], recipes)
            return
        passed.append(start["recipe"])
        if passed[-1] in passed[:-1]:
            yield f"recipes.{name}.start: expected a recipe that does not lead back, got {' -> '.join(passed)}"
            return


def _recipe_problems(
    key: str, experiment: Mapping[str, Any], run: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    """What the recipes of an experiment ask of its sources and stego sets."""
    smallest = min(config["sources"][part]["size"] for union in experiment["sources"] for part in union.split("+"))
    for network in experiment["networks"]:
        name, heads = (run["recipes"] | experiment.get("recipes", {}))[network], experiment["heads"]
        while name is not None:
            recipe = config["recipes"][name]
            start, crop = recipe.get("start") or {}, recipe.get("crop")
            least = max(models.SMALLEST_IMAGE[head] for head in heads)
            if crop is not None and not least <= crop <= smallest:
                yield f"recipes.{name}.crop: expected {least} to {smallest} pixels in {key}, got {crop}"
            if recipe.get("stego") == "fresh" and GIVEN in experiment["payloads"]:
                yield f"recipes.{name}.stego: expected stored for ready-made pairs in {key}, got fresh"
            if "payload" in start and GIVEN in experiment["payloads"]:
                yield f"recipes.{name}.start.payload: expected none for ready-made pairs in {key}, got a number"
            name, heads = start.get("recipe"), [start["head"]] if "head" in start else heads


def _embedder_problems(key: str, experiment: Mapping[str, Any]) -> Iterator[str]:
    names = [name for union in experiment["embedders"] for name in union.split("+")]
    for name in names:
        if name not in embedders.EMBEDDERS:
            yield _unknown(f"{key}.embedders", name, embedders.EMBEDDERS)
            return
    for union in experiment["embedders"]:
        name = "+".join(sorted(set(union.split("+"))))
        if union != name:
            yield f"{key}.embedders: expected {name}, got {union}: one union has one name"
    domains = sorted({embedders.EMBEDDERS[name].domain for name in names})
    if len(domains) > 1:
        yield f"{key}.embedders: expected embedders of one domain, got {' and '.join(domains)}: make two experiments"
    for payload in experiment["payloads"]:
        if isinstance(payload, str) and payload != GIVEN:
            yield f"{key}.payloads: expected a number or {GIVEN}, got {payload!r}"
        elif domains == ["spatial"] and not (payload != GIVEN and 0 < payload < math.log2(3)):
            yield f"{key}.payloads: expected bits per pixel above 0 and below log2(3) = 1.585, got {payload!r}"
        elif domains == ["jpeg"] and payload != GIVEN and payload <= 0:
            yield f"{key}.payloads: expected bits per non-zero AC coefficient above 0, got {payload!r}"
        elif domains == ["jpeg"] and payload != GIVEN and "qualities" not in experiment:
            yield f"{key}.qualities: expected JPEG qualities for {names[0]}, got none: add qualities: [75, 90, 95]"
    if GIVEN in experiment["payloads"]:
        for name in names:
            if name not in FOLDERS:
                yield _unknown(f"{key}.embedders", name, FOLDERS)
    if domains == ["spatial"] and "qualities" in experiment:
        yield f"{key}.qualities: expected none for {names[0]}, which embeds in pixels, got {experiment['qualities']}"


def _union_problems(key: str, union: str, experiment: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    for problem in union_problems(union, known):
        yield f"{key}.sources: {problem}"
        return
    parts = union.split("+")
    for part in parts:
        if (known[part]["kind"] == "alaska2") != (GIVEN in experiment["payloads"]):
            wanted = f"[{GIVEN}]" if known[part]["kind"] == "alaska2" else "numbers"
            got = experiment["payloads"]
            yield f"{key}.payloads: expected {wanted} for {part} of kind {known[part]['kind']}, got {got}"
    for split in SPLITS:
        if sum(known[part][split] for part in parts) == 0:
            yield f"{key}.sources: expected {split} covers in {union}, got none: raise sources.{parts[0]}.{split}"
    size = known[parts[0]]["size"]
    for head in experiment["heads"]:
        least = models.SMALLEST_IMAGE[head]
        if size < least:
            yield f"{key}.heads: expected covers of {least} pixels or more for {head}, got {size} in {union}"


def union_problems(union: str, known: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the name of a source, or of a union of sources: a cover must not be in it twice."""
    parts = union.split("+")
    for part in parts:
        if part not in known:
            yield _unknown(part, part, known).partition(": ")[2]
            return
    if parts != sorted(set(parts)):
        yield f"expected {'+'.join(sorted(set(parts)))}, got {union}: one union has one name"
    sizes = sorted({known[part]["size"] for part in parts})
    if len(sizes) > 1:
        yield f"expected sources of one size in {union}, got {' and '.join(map(str, sizes))} pixels"
    if len({_place(known[part]) for part in parts}) < len(parts):
        yield f"expected sources with images of their own in {union}, got the same ones twice: splits would leak"


def apart(trained: str, tested: str, known: Mapping[str, Any]) -> bool:
    """Whether no test image of one union can be a training image of another: a source has one split of its images."""
    return not any(
        one != other and _place(known[one]) == _place(known[other])
        for one in trained.split("+")
        for other in tested.split("+")
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
