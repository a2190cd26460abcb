"""Every kind of mistake in config.yaml gives one line: file, key, expected, got, nearest valid."""

import copy
from pathlib import Path

import pytest
import yaml

from workflow.configuration import ConfigError, check

CONFIG = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text())
FIRST, JPEG = "runs.sample.experiments.0", "runs.sample.experiments.1"


def test_shipped_configurations_are_valid():
    check(CONFIG)
    check(yaml.safe_load((Path(__file__).parent / "tiny" / "config.yaml").read_text()))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("run", "papr", "run: expected one of sample, learning, paper, got 'papr'; nearest valid: paper"),
        ("sed", 1, "sed: expected a known key, got 'sed'; nearest valid: seed"),
        ("seed", "one", "seed: expected a whole number, got 'one'"),
        ("seed", -1, "seed: expected a number from 0 to inf, got -1"),
        (
            "sources.bossbase.trian",
            4000,
            "sources.bossbase.trian: expected a known key, got 'trian'; nearest valid: train",
        ),
        ("sources.bossbase.size", 4.5, "sources.bossbase.size: expected a whole number, got 4.5"),
        ("sources.bossbase.kind", "bosbase", "sources.bossbase.kind: expected one of .*; nearest valid: bossbase"),
        ("sources.bossbase.resize", "bilinear", "resize: expected one of matlab, crop, got 'bilinear'"),
        ("sources.sample.path", "x", "sources.sample.path: expected null"),
        ("sources.Mine", {}, "sources: expected a name of small letters, digits and hyphens, got 'Mine'"),
        ("recipes.quick.batch_images", 31, "recipes.quick.batch_images: expected an even number, got 31"),
        ("recipes.quick.learning_rate", 0, "learning_rate: expected a number above 0 to 1, got 0"),
        ("recipes.quick.paired", 1, "recipes.quick.paired: expected true or false, got 1"),
        ("runs.sample.recipes.xu-net", "quik", "runs.sample.recipes.xu-net: expected one of .*; nearest valid: quick"),
        (
            f"{FIRST}.embedders",
            ["suniwrd"],
            "expected one of .*, got 'suniwrd'; nearest valid: suniward",
        ),
        (f"{FIRST}.networks", ["xunet"], "expected one of .*, got 'xunet'; nearest valid: xu-net"),
        (f"{FIRST}.networks", ["ye-net"], "expected a recipe for ye-net"),
        (f"{FIRST}.heads", [], "heads: .*"),
        (f"{FIRST}.payloads", [float("nan")], "payloads.0: expected a finite number, got nan"),
        (f"{FIRST}.payloads", [2.0], r"payloads: expected bits per pixel above 0 and below log2\(3\) = 1.585, got 2.0"),
        (f"{FIRST}.payloads", [0], "payloads: expected bits per pixel above 0 .*, got 0"),
        (f"{FIRST}.payloads", ["0.4"], "payloads: expected a number or given, got '0.4'"),
        (f"{FIRST}.payloads", ["given"], "payloads: expected bits per pixel .*, got 'given'"),
        (f"{FIRST}.embedders", ["suniward+uerd"], "expected embedders of one domain, got jpeg and spatial"),
        (f"{FIRST}.embedders", ["uerd"], r"qualities: expected JPEG qualities for uerd, got none: add qualities"),
        (f"{FIRST}.qualities", [75], "qualities: expected none for suniward, which embeds in pixels, got .75."),
        (f"{JPEG}.qualities", [101], "qualities.0: expected a number from 1 to 100, got 101"),
        (f"{JPEG}.payloads", [-1], "expected bits per non-zero AC coefficient above 0, got -1"),
        (f"{JPEG}.payloads", ["given"], "payloads: expected numbers for sample of kind sample, got .'given'."),
        (f"{JPEG}.sources", ["alaska2-crop"], r"payloads: expected \[given\] for alaska2-crop of kind alaska2, got"),
        (f"{JPEG}.recipes", {"xu-net": "quik"}, "recipes.xu-net: expected one of .*; nearest valid: quick"),
        (
            "recipes.tuned.start",
            {"recipe": "tunde"},
            "recipes.tuned.start.recipe: expected one of .*nearest valid: tuned",
        ),
        ("recipes.tuned.start", {"payload": 1.0}, "recipes.tuned.start.recipe: expected a value, got none"),
        ("recipes.tuned.start.recipe", "tuned-low", "does not lead back, got tuned -> tuned-low -> tuned"),
        ("recipes.tuned.start.head", "mlp", "recipes.tuned.start.head: expected one of fc, lstm, pool, got 'mlp'"),
        ("recipes.tuned.precision", "float16", "precision: expected one of float32, bfloat16, got 'float16'"),
        (
            "recipes.tuned-low.crop",
            256,
            "recipes.tuned-low.crop: expected 40 to 128 pixels in runs.learning.*, got 256",
        ),
        ("recipes.tuned-small.crop", 16, "recipes.tuned-small.crop: expected a number from 32 to inf, got 16"),
        ("recipes.paper-first-method-alaska2.stego", "fresh", "expected stored for ready-made pairs in runs.paper"),
        (f"{FIRST}.seeds", [-1], "experiments.0.seeds.0: expected a number from 0 to inf, got -1"),
        ("sources.tiles.tiles", 0, "sources.tiles.tiles: expected a number from 1 to 32, got 0"),
        ("sources.alaska2-crop.tiles", 2, "sources.alaska2-crop.tiles: expected 1, as ready-made pairs are not cut up"),
        (
            f"{FIRST}.sources",
            ["bosbase"],
            "expected one of .*, got 'bosbase'; nearest valid: bossbase",
        ),
        (f"{FIRST}.sources", ["bossbase+sample"], "expected sources of one size .* 64 and 256 pixels"),
        (f"{FIRST}.sources", ["sample+sample"], "expected sample, got sample.sample: one union has one name"),
        (f"{FIRST}.embedders", ["wow+suniward"], "expected suniward.wow, got wow.suniward: one union has one name"),
        (
            "runs.paper.experiments.1.sources",
            ["alaska2-crop+alaska2-crop-all"],
            "the same ones twice: splits would leak",
        ),
        ("runs.paper.experiments.1.embedders", ["juniward-original"], "expected one of jmipod, juniward, uerd, got"),
        ("runs.paper.experiments.1.qualities", [75], "expected none, as ready-made pairs have theirs"),
        ("sources.bossbase.shard_pairs", 1, "sources.bossbase.shard_pairs: expected at most 1000 shards of train"),
        ("sources.bossbase.train", 640.0, "sources.bossbase.train: expected a whole number, got 640.0"),
        ("sources.alaska2-resize.keep", "coefficients", "sources.alaska2-resize.keep: expected pixels, as only a crop"),
        (f"{FIRST}.recipes", {"ye-net": "quick"}, "recipes: expected one of xu-net, got 'ye-net'"),
        (f"{FIRST}.sources", ["bows2"], "expected val covers in bows2, got none"),
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
    with pytest.raises(ConfigError, match=message) as caught:
        check(config, "config.yaml")
    assert str(caught.value).startswith("config.yaml: ") and "\n" not in str(caught.value)


def test_missing_key_is_named():
    config = copy.deepcopy(CONFIG)
    del config["sources"]["bows2"]["test"]
    with pytest.raises(
        ConfigError, match=r"^config.yaml: sources.bows2.test: expected a value, got none: add this key$"
    ):
        check(config)
