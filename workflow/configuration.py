"""Models of config.yaml: types, choices, defaults and meaning of every key; each mistake is one line.

`docs/configuration.md` is made from them by `workflow/configuration_page.py`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, ValidationError

import models
from embedders import EMBEDDERS, EmbedderError, own
from models.recipe import Recipe, WarmStart
from models.values import Choice, Flag, Keys, Name, Named, Number, Several, Size, Some, Sparse, Text, Value, Whole
from models.values import nearest as _nearest
from stegdata.files import expanded
from stegdata.formats import images
from stegdata.names import PRECOMPUTED
from stegdata.sources.kinds import GROUPS, KINDS
from workflow.consistency import problems

#: Characters of an error.
LONGEST = 500


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

    def check(self, value: object) -> object:
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
    for problem in problems(checked):
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
