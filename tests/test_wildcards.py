"""`workflow.wildcards`: inputs, parameters and resources of the rules, from the wildcards of a job."""

import re
from types import SimpleNamespace

import pytest
import yaml
from snakemake.io import is_flagged
from working_folder import ROOT

from workflow import wildcards
from workflow.configuration import check
from workflow.plan import Plan

NETWORK = "sample/suniward-0.4bpp/xu-net-fc/tiny/seed-1"
FEATURES = "sample/suniward-0.4bpp/spam-lda/seed-0"
MEAN = "sample/suniward-0.4bpp/xu-net-fc+spam-lda/tiny/seed-1"
OWN = {"tested_source": "sample", "tested_set": "suniward-0.4bpp"}


@pytest.fixture(scope="module")
def rules():
    return wildcards.Rules(Plan(check(yaml.safe_load((ROOT / "tests/tiny/config.yaml").read_text()))))


def job(**names):
    return SimpleNamespace(**names)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        (wildcards.NETWORKS, {NETWORK}),
        (wildcards.FEATURE_DETECTORS, {FEATURES}),
        (wildcards.MEANS, {MEAN}),
        (wildcards.DETECTORS, {NETWORK, FEATURES, MEAN}),
    ],
)
def test_a_detector_is_of_one_kind(pattern, names):
    assert {name for name in (NETWORK, FEATURES, MEAN) if re.fullmatch(pattern, name)} == names
    assert not re.fullmatch(pattern, "sample/suniward-0.4bpp/spam-lda/tiny/seed-0/on")


def test_resources_rise_with_each_attempt(rules):
    assert [wildcards.rising(60)(job(), attempt) for attempt in (1, 2, 3)] == [60, 120, 180]
    memory = [rules.memory(job(detector=name), 2) for name in (NETWORK, MEAN)]
    assert memory == [8000, 2000] and rules.memory(job(detector=FEATURES), 1) > 1000
    assert [wildcards.scoring_gpus(job(detector=name)) for name in (NETWORK, FEATURES, MEAN)] == [1, 0, 0]
    assert [rules.threads(job(detector=name)) for name in (NETWORK, FEATURES, MEAN)] == [1, 1, 1]


def test_the_age_of_covers_does_not_count_and_their_tables_do():
    """Of whatever is made of covers; a shard stands for the covers of its own."""
    part = {"source": "sample", "split": "train", "shard": "001"}
    tables = {name: f"results/covers/sample/{name}.tsv" for name in ("split", "pixels")}
    jpeg = "uerd-q75-0.4bpnzac"
    for inputs, folder in (
        (wildcards.embedded(job(**part, stego_set="wow-1bpp")), "train-001"),
        (wildcards.embedded(job(**part, stego_set=jpeg)), "q75/train-001"),
        (wildcards.compressed(job(**part, quality="75")), "train-001"),
        (wildcards.extracted(job(**part, features="spam", stego_set="covers")), "train-001"),
        (wildcards.extracted(job(**part, features="dctr", stego_set="covers-q75")), "q75/train-001"),
    ):
        assert inputs == {"covers": f"results/covers/sample/{folder}"} | tables
        assert is_flagged(inputs["covers"], "ancient") and not is_flagged(inputs["split"], "ancient")
    assert wildcards.extracted(job(**part, features="spam", stego_set="wow-1bpp")) == {
        "shard": "results/shards/sample/wow-1bpp/train-001.h5"
    }
    of_jpeg = wildcards.extracted(job(**part, features="dctr", stego_set=jpeg))
    assert of_jpeg["covers"] == ["results/covers/sample/q75/train-001"]


def test_tables_of_combined_sources_are_those_of_each():
    combined = job(combination="photographs+sample/on/bows2+sample")
    assert wildcards.sources_combined(combined) == ["photographs", "sample", "bows2"]
    assert wildcards.of_combined("split.tsv")(job(combination="sample")) == ["results/covers/sample/split.tsv"]


def test_what_jobs_read_follows_from_their_detector(rules):
    weighed = rules.weighing(job(detector=MEAN))
    assert weighed["components"] == [f"results/detectors/{name}/model.json" for name in (NETWORK, FEATURES)]
    on = "on/sample/suniward-0.4bpp/val-scores.tsv"
    assert weighed["val"] == [f"results/detectors/{name}/{on}" for name in (NETWORK, FEATURES)]
    assert set(rules.training(job(detector=NETWORK))) == {"train", "val", "probabilities", "warm_start", "excluded"}
    assert rules.fitting(job(detector=FEATURES))["splits"] == ["results/covers/sample/split.tsv"]
    assert rules.scoring(job(detector=NETWORK, val="", **OWN))["model"] == f"results/detectors/{NETWORK}/model.json"
    assert rules.fields("resize", "keep")(job(source="sample")) == {"resize": "crop", "keep": "coefficients"}
    assert rules.recipe(job(detector=NETWORK))["epochs"] == 1
    files = rules.feature_files(job(features="spam", source="sample", stego_set="covers"))
    assert files[0] == "results/features/spam/sample/covers/train-000.h5" and len(files) == 4


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda rules: rules.fetched(job(source="sampel")), "sampel: expected a source defined in config.yaml"),
        (lambda rules: rules.fields("size")(job(source="sampel")), "sampel: expected a source defined in config.yaml"),
        (lambda rules: rules.shards(job(source="sample", stego_set="wow-1.0bpp")), "stego set: expected wow-1bpp"),
        (lambda rules: rules.recipe(job(detector=NETWORK.replace("tiny", "tin"))), "tin: expected a recipe defined in"),
        (lambda _: wildcards.covers_of(job(source="a", stego_set="x")), "stego set: expected a name such as"),
    ],
)
def test_an_unknown_name_ends_with_one_line(rules, ask, message):
    with pytest.raises(SystemExit, match=message) as ended:
        ask(rules)
    assert "\n" not in str(ended.value)
