"""Every kind of mistake in config.yaml is one line: file, key, expected, got, nearest valid."""

import copy
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from snakemake.utils import update_config
from working_folder import ROOT

from workflow.configuration import ConfigError, check
from workflow.configuration_page import page

SHIPPED = ROOT / "config.yaml"
STUDIES = sorted((ROOT / "workflow/studies").glob("*.yaml"))
FIRST, JPEG, TABLE2 = "runs.sample.experiments.0", "runs.sample.experiments.1", "runs.paper.experiments.1"


def merged(*paths):
    """Configurations in one, as Snakemake merges those of `--configfile`."""
    config = {}
    for path in paths:
        update_config(config, yaml.safe_load(path.read_text()))
    return config


#: With the study of windows, whole images and warm starts.
CONFIG = merged(SHIPPED, ROOT / "workflow/studies/learning.yaml")


@pytest.mark.parametrize("paths", [[SHIPPED], [ROOT / "tests/tiny/config.yaml"], *([SHIPPED, one] for one in STUDIES)])
def test_shipped_configurations_are_valid(paths):
    filled = check(merged(*paths))
    assert check(filled) == filled


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("run", "papr", ": expected one of sample, paper, learning, got 'papr'; nearest valid: paper"),
        ("sed", 1, ": expected a known key, got 'sed'; nearest valid: seed"),
        ("seed", "one", ": expected a whole number, got 'one'"),
        ("seed", -1, ": expected a number from 0 to inf, got -1"),
        ("sources.bossbase.trian", 4000, ": expected a known key, got 'trian'; nearest valid: train"),
        ("sources.bossbase.size", 4.5, ": expected a whole number, got 4.5"),
        ("sources.bossbase.kind", "bosbase", ": expected one of .*; nearest valid: bossbase"),
        ("sources.bossbase.resize", "bilinear", ": expected one of matlab, crop, got 'bilinear'"),
        ("sources.sample.path", "x", ": expected null"),
        ("sources.bossbase.exclude", [10], r".0: expected a name in quotes, got 10: YAML reads 0012 as 10"),
        (
            "sources.bossbase.exclude",
            ["1", False],
            r".1: expected a name in quotes, got False: .* write '0012' in quotes",
        ),
        ("sources.Mine", {}, "sources: expected a name of small letters, digits and hyphens, got 'Mine'"),
        ("recipes.quick.batch_images", 31, ": expected an even number, got 31"),
        ("recipes.quick.learning_rate", 0, ": expected a number above 0 to 1, got 0"),
        ("recipes.quick.paired", 1, ": expected true or false, got 1"),
        ("runs.sample.recipes.xu-net", "quik", ": expected one of .*; nearest valid: quick"),
        (f"{FIRST}.features", ["dctr-fld"], ": expected spam, srm or srmq1 for embedders of the spatial domain"),
        ("runs.sample.experiments.3.qualities", [75, 90], "experiments.3.features: .*gfr is defined for, got 90"),
        (f"{FIRST}.embedders", ["suniwrd"], "expected one of .*, got 'suniwrd'; nearest valid: suniward"),
        (f"{FIRST}.networks", ["xunet"], "expected one of .*, got 'xunet'; nearest valid: xu-net"),
        (f"{FIRST}.networks", ["ye-net"], "expected a recipe for ye-net"),
        (f"{FIRST}.heads", [], ": .*"),
        (f"{FIRST}.payloads", [float("nan")], ".0: expected a finite number, got nan"),
        (f"{FIRST}.payloads", [2.0], r": expected bits per pixel above 0 and below log2\(3\) = 1.585, got 2.0"),
        (f"{FIRST}.payloads", [0], ": expected bits per pixel above 0 .*, got 0"),
        (f"{FIRST}.payloads", ["0.4"], ".0: expected a number or precomputed, got '0.4'"),
        (f"{FIRST}.payloads", ["precomputed"], ": expected bits per pixel .*, got 'precomputed'"),
        (f"{FIRST}.embedders", ["suniward+uerd"], "expected embedders of one domain, got jpeg and spatial"),
        (f"{FIRST}.embedders", ["uerd"], r"qualities: expected JPEG qualities for uerd, got none: add qualities"),
        (f"{FIRST}.qualities", [75], ": expected none for suniward, which embeds in pixels, got .75."),
        (f"{JPEG}.qualities", [101], ".0: expected a number from 1 to 100, got 101"),
        (f"{JPEG}.payloads", [-1], "expected bits per non-zero AC coefficient above 0, got -1"),
        (f"{TABLE2}.sources", ["bossbase"], r"payloads: expected numbers for bossbase of kind bossbase, got \['pre"),
        (f"{JPEG}.sources", ["alaska2-crop"], r"payloads: expected \[precomputed\] for alaska2-crop of kind alaska2"),
        (f"{JPEG}.recipes", {"xu-net": "quik"}, ".xu-net: expected one of .*; nearest valid: quick"),
        ("recipes.tuned.warm_start", {"recipe": "tunde"}, ".recipe: expected one of .*nearest valid: tuned"),
        ("recipes.tuned.warm_start", {"payload": 1.0}, ".recipe: expected a value, got none"),
        ("recipes.tuned.warm_start.recipe", "tuned-low", "does not lead back, got tuned -> tuned-low -> tuned"),
        ("recipes.tuned.warm_start.head", "mlp", ": expected one of fc, lstm, pool, got 'mlp'"),
        ("recipes.tuned.precision", "float16", ": expected one of float32, bfloat16, got 'float16'"),
        ("recipes.tuned-low.crop", 256, ": expected 40 to 128 pixels in runs.learning.*, got 256"),
        (f"{FIRST}.means", True, "expected networks and features to take means of, got one of them"),
        ("recipes.tuned-small.crop", 16, ": expected a number from 32 to inf, got 16"),
        ("recipes.paper-first-method-alaska2.stego", "online", "expected stored for precomputed pairs in runs.paper"),
        (f"{FIRST}.seeds", [-1], ".0: expected a number from 0 to inf, got -1"),
        ("sources.tiles.tiles", 0, ": expected a number from 1 to 32, got 0"),
        ("sources.alaska2-crop.tiles", 2, ": expected 1, as precomputed pairs are not cut up"),
        (f"{FIRST}.sources", ["bosbase"], "expected one of .*, got 'bosbase'; nearest valid: bossbase"),
        (f"{FIRST}.sources", ["bossbase+sample"], "expected sources of one size .* 64 and 256 pixels"),
        (f"{FIRST}.sources", ["sample+sample"], "expected sample, got sample.sample: one combination has one name"),
        (f"{FIRST}.embedders", ["wow+suniward"], "expected suniward.wow, got wow.suniward: one combination has one "),
        (f"{TABLE2}.sources", ["alaska2-crop+alaska2-crop-all"], "the same ones twice: splits would leak"),
        (f"{TABLE2}.embedders", ["juniward-original"], "expected one of jmipod, juniward, uerd, got"),
        (f"{TABLE2}.qualities", [75], "expected none, as precomputed pairs have theirs"),
        ("sources.bossbase.shard_pairs", 1, ": expected at most 1000 shards of train"),
        ("sources.bossbase.train", 640.0, ": expected a whole number, or a share between 0 and 1, got 640.0"),
        ("sources.bossbase.train", 0.4, ": expected a number of covers of bossbase, got a share"),
        ("sources.tiles.val", 0.1, r"train: expected shares of all splits, or numbers, got both: .[0-9]+, 0.1, [0-9]+"),
        (f"{FIRST}.splits", 10, ": expected features, which are fitted anew for each split, got none"),
        (f"{FIRST}.coding", ["trellis"], ".0: expected one of simulated, stc, got 'trellis'"),
        (f"{TABLE2}.coding", ["stc"], "coding: expected none for precomputed pairs, got .'stc'."),
        (f"{FIRST}.splits", 0, ": expected a number from 1 to 100, got 0"),
        ("sources.alaska2-resize.keep", "coefficients", ": expected pixels, as only a crop"),
        (f"{FIRST}.recipes", {"ye-net": "quick"}, ": expected one of xu-net, got 'ye-net'"),
        (f"{FIRST}.sources", ["bows2"], "expected val covers in bows2, got none"),
        (
            f"{FIRST}.features",
            ["spam"],
            ".0: expected one of spam-lda, spam-fld, .*, got 'spam'; nearest valid: spam-lda",
        ),
        ("sources.sample.size", 32, "expected covers of 40 pixels or more for lstm, got 32 in sample"),
    ],
)
def test_one_line_names_what_is_wrong(key, value, message):
    config = copy.deepcopy(CONFIG)
    *path, last = (int(part) if part.isdigit() else part for part in key.split("."))
    target = config
    for part in path:
        target = target[part]
    target[last] = value
    whole = rf"^config\.yaml: {re.escape(key)}{message}" if message[0] in ":." else rf"^config\.yaml: .*{message}"
    with pytest.raises(ConfigError, match=whole) as caught:
        check(config, "config.yaml")
    assert "\n" not in str(caught.value)


def test_missing_key_is_named():
    config = copy.deepcopy(CONFIG)
    del config["sources"]["bows2"]["test"]
    with pytest.raises(ConfigError, match=r"^config.yaml: sources.bows2.test: expected a value, got none: add this"):
        check(config)


def test_an_experiment_asks_for_some_detector():
    config = copy.deepcopy(CONFIG)
    del config["runs"]["sample"]["experiments"][0]["networks"]
    with pytest.raises(ConfigError, match=f"{FIRST}: expected networks, features or both, got neither"):
        check(config)


def test_home_and_environment_stand_for_folders(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    config = copy.deepcopy(CONFIG)
    for path, expected in (("~/a", "/home/someone/a"), ("$HOME/b", "/home/someone/b")):
        config["sources"]["tiles"]["path"] = path
        assert check(config)["sources"]["tiles"]["path"] == expected
    config["sources"]["tiles"]["path"] = "c/$photographs"
    wanted = r"sources\.tiles\.path: expected a value of \$photographs, which is not set: set it"
    with pytest.raises(ConfigError, match=wanted):
        check(config)


def test_the_page_is_what_the_models_say():
    """`python -m workflow.configuration_page > docs/configuration.md` makes it anew."""
    assert (ROOT / "docs/configuration.md").read_text() == page()
    assert len(SHIPPED.read_text().splitlines()) <= 115


# ---- what YAML makes of names and numbers


@pytest.mark.parametrize("name", [2023, 7])
def test_a_number_is_taken_for_a_name_where_that_is_plain(name):
    config = copy.deepcopy(CONFIG)
    config["sources"][name] = config["sources"].pop("sample")
    config["runs"][name] = config["runs"].pop("sample")
    config["run"] = name
    for experiment in config["runs"][name]["experiments"]:
        experiment["sources"] = [name]
    checked = check(config)
    assert checked["run"] == str(name) and checked["sources"][str(name)]["kind"] == "sample"


def test_two_keys_of_one_name_are_refused():
    config = copy.deepcopy(CONFIG)
    config["sources"] |= {2023: config["sources"]["sample"], "2023": config["sources"]["bossbase"]}
    with pytest.raises(ConfigError, match=r"sources: expected each name once, got .*2023, 2023: quote names"):
        check(config)


def test_numbers_with_an_exponent_are_numbers():
    config = copy.deepcopy(CONFIG)
    config["recipes"]["quick"]["learning_rate"] = "1e-3"  # YAML 1.1 wants 1.0e-3
    assert check(config)["recipes"]["quick"]["learning_rate"] == 0.001


@pytest.mark.parametrize("made", [True, False, None, 1.5])
def test_what_yaml_made_of_a_name_is_told_with_a_word_of_quotes(made):
    for change in (
        lambda config: config["sources"].__setitem__(made, config["sources"].pop("sample")),
        lambda config: config["runs"].__setitem__(made, config["runs"].pop("sample")),
        lambda config: config.__setitem__("run", made),
        lambda config: config["runs"]["sample"]["experiments"][0].__setitem__("sources", [made]),
    ):
        config = copy.deepcopy(CONFIG)
        change(config)
        with pytest.raises(ConfigError, match=rf"got {made}: .*in quotes") as caught:
            check(config)
        assert "\n" not in str(caught.value)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates(), st.just("precomputed")
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.text(max_size=5), st.integers(), st.none()), inner)
    ),
    max_leaves=5,
)


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


PLACES = [path for path in places(CONFIG) if path]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("path", "a\0b"),
        ("path", "~nobody-of-this-name/x"),
        ("train", 10**5000),
        ("size\nx", 1),
        ("\ud800", 1),
        ("exclude", {"a": [1, {2: None}]}),
    ],
    ids=["NUL byte", "no home", "5,000 digits", "line feed", "surrogate", "mapping"],
)
def test_odd_values_are_one_line(key, value):
    config = copy.deepcopy(CONFIG)
    config["sources"]["tiles"][key] = value
    with pytest.raises(ConfigError) as caught:
        check(config)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600 and str(caught.value).encode()


@settings(max_examples=300)
@given(st.sampled_from(PLACES), ANYTHING, st.booleans())
def test_no_configuration_ends_in_a_traceback(path, value, extra):
    config = copy.deepcopy(CONFIG)
    target = config
    for part in path[:-1]:
        target = target[part]
    if extra and isinstance(target, dict) and isinstance(value, dict | list | str | int | None):
        target[value if isinstance(value, str | int | None) else "more"] = value
    else:
        target[path[-1]] = value
    try:
        check(config)
    except ConfigError as error:
        assert "\n" not in str(error) and str(error).startswith("config.yaml: ")
