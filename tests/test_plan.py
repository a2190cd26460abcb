"""`workflow.plan`: what follows from a configuration, without Snakemake and without files."""

import copy
from dataclasses import replace
from functools import cache

import pytest
import yaml
from working_folder import ROOT

from embedders import EMBEDDERS
from stegdata import DataError
from stegdata.names import Part, StegoSet, TrainedDetector
from stegdata.splits import SPLITS
from workflow.configuration import check
from workflow.plan import KAGGLE, Plan

TINY = yaml.safe_load((ROOT / "tests/tiny/config.yaml").read_text())
SUNIWARD, BOTH = StegoSet.parse("sample/suniward-0.4bpp"), StegoSet.parse("photographs+sample/wow-1bpp")
COMBINED = StegoSet.parse("sample/jmipod+juniward+uerd-q75-0.4bpnzac")
MEAN = TrainedDetector(SUNIWARD, "xu-net-fc+spam-lda", "tiny", 1)
CHAINED = TrainedDetector(SUNIWARD, "xu-net-lstm", "tiny-chain", 1)


@cache
def shipped(run):
    return Plan(check(yaml.safe_load((ROOT / "config.yaml").read_text()) | {"run": run}))


def changed(**changes):
    """A plan of the tiny run with some of its keys changed; `experiments` are merged into the first."""
    config = copy.deepcopy(TINY)
    first = config["runs"]["tiny"]["experiments"][0] | changes.pop("experiment", {})
    config["runs"]["tiny"] |= {"experiments": [first], "cross_dataset": False} | changes
    return Plan(check(config))


@pytest.fixture(scope="module")
def plan():
    return Plan(check(TINY))


# ---- sources and covers


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("sample", []),
        ("bossbase", "resources/bossbase/BOSSbase_1.01.zip"),
        ("bows2", "resources/bows2/BOWS2OrigEp3.tgz"),
        ("alaska2-crop", KAGGLE),
    ],
)
def test_where_covers_are_read_from(source, place):
    assert shipped("paper").fetched(source) == place


def test_a_path_of_ones_own_goes_before_a_download(plan):
    for source, path in (("photographs", "photographs"), ("alaska2-crop", "alaska2")):
        assert (plan.source(source)["path"], plan.fetched(source)) == (path, [])


def test_parts_are_as_many_as_covers_need(plan):
    assert list(map(str, plan.parts("sample", "train", "test"))) == ["train-000", "train-001", "test-000"]
    assert plan.parts("photographs", "val", "test") == []  # of no covers no part


def test_a_download_is_of_a_kind_that_has_it(plan):
    assert shipped("paper").kind_with_archive("bossbase", "BOSSbase_1.01.zip") == "bossbase"
    with pytest.raises(DataError, match=r"x[.]zip: expected a file at hand: sample has no such download"):
        plan.kind_with_archive("sample", "x.zip")


# ---- stego sets


def test_shards_of_a_combination_are_those_of_each(plan):
    assert plan.shards(SUNIWARD, "train") == [f"results/shards/sample/suniward-0.4bpp/train-00{n}.h5" for n in (0, 1)]
    assert plan.shards(BOTH) == [
        "results/shards/photographs/wow-1bpp/train-000.h5",
        *(f"results/shards/sample/wow-1bpp/{part}.h5" for part in ("train-000", "train-001", "val-000", "test-000")),
    ]
    assert plan.shards(COMBINED, "test") == [
        f"results/shards/sample/{name}-q75-0.4bpnzac/test-000.h5" for name in ("jmipod", "juniward", "uerd")
    ]


def test_jpeg_covers_are_one_folder_a_shard(plan):
    uerd = StegoSet.parse("sample/uerd-q75-0.2bpnzac")
    assert plan.jpeg_covers(uerd) == [f"results/covers/sample/q75/{part}" for part in plan.parts("sample", *SPLITS)]
    assert plan.jpeg_covers(SUNIWARD) == []


def test_single_sets_are_all_that_detectors_and_their_warm_starts_need(plan):
    names = [str(one) for one in plan.stego_sets]
    assert names == list(dict.fromkeys(names)) and plan.sources == ["alaska2-crop", "photographs", "sample"]
    assert set(names) == {
        "sample/suniward-0.4bpp",
        "sample/suniward-1bpp",  # of the warm start alone
        "photographs/wow-1bpp",
        "sample/wow-1bpp",
        *(f"sample/{name}-q75-0.4bpnzac" for name in ("jmipod", "juniward", "uerd")),
        *(f"alaska2-crop/{name}-precomputed" for name in ("juniward", "uerd")),
    }
    assert "sample/suniward-1bpp" not in map(str, plan.combined_sets)


def test_the_report_shows_test_or_train(plan):
    assert plan.shown(SUNIWARD) == Part("test", 0)
    assert plan.shown(StegoSet.parse("photographs/wow-1bpp")) == Part("train", 0)


# ---- detectors


def test_detectors_are_all_combinations_once():
    several = {"embedders": ["suniward", "wow"], "payloads": [0.4, 1], "heads": ["fc", "lstm"], "seeds": [1, 2]}
    found = list(map(str, changed(experiment=several).detectors))
    assert len(found) == len(set(found)) == 2 * 2 * (2 * 2 * 2 + 1)
    assert "sample/wow-1bpp/xu-net-lstm/tiny/seed-2" in found and "sample/suniward-0.4bpp/spam-lda/seed-0" in found
    twice = [TINY["runs"]["tiny"]["experiments"][0] | {"payloads": [payload]} for payload in (1, 1.0)]
    assert list(map(str, changed(experiments=twice).detectors)) == [
        "sample/suniward-1bpp/xu-net-fc/tiny/seed-1",
        "sample/suniward-1bpp/spam-lda/seed-0",
        "sample/suniward-1bpp/xu-net-fc+spam-lda/tiny/seed-1",
    ]


def test_feature_sets_need_no_network_and_networks_no_feature_set():
    alone = {"networks": [], "means": False}
    assert [one.name for one in changed(experiment=alone).detectors] == ["spam-lda"]
    assert [one.name for one in changed(experiment={"features": [], "means": False}).detectors] == ["xu-net-fc"]
    assert changed(experiment=alone).networks == []


def test_a_mean_is_of_a_network_and_features_of_images_of_one_size(plan):
    mean = MEAN
    assert plan.components(mean) == mean.components
    assert [component.name for component in mean.components] == ["xu-net-fc", "spam-lda"]
    assert set(mean.components) <= set(plan.detectors) and mean not in plan.networks
    small = replace(mean, recipe="tiny-small")
    with pytest.raises(DataError, match="expected a recipe of whole images, as the features are of these, got crop 40"):
        plan.components(small)


def test_recipes_and_seeds_of_an_experiment_go_before_those_of_the_run(plan):
    assert CHAINED in plan.networks
    own = changed(seeds=[7, 8], experiment={"seeds": [3]})
    assert {one.seed for one in own.networks} == {3} and own.settings["seeds"] == [3]


def test_the_shipped_runs_hold_what_readme_says():
    """The paper: 2 heads x (first method + 4 networks x 2 data bases x 2 embedders), fc of these by two recipes; on
    ALASKA2 2 geometries x (3 embedders + these combined); on JPEGs of BOSSBase 3 embedders."""
    assert len(shipped("paper").networks) == 34 + 16 + 16 + 6
    assert len({one.stego_set for one in shipped("paper").detectors}) == 1 + 3 + 8 + 3
    assert len(shipped("sample").networks) == 2 + 1 and len(shipped("sample").detectors) == 3 + 6 + 6


def test_a_warm_start_is_the_same_seed_of_another_recipe(plan):
    start = plan.warm_start(CHAINED)
    assert str(start) == "sample/suniward-1bpp/xu-net-fc/tiny-small/seed-1"
    assert plan.warm_start(start) is None
    assert list(plan.settings["recipes"]) == ["tiny", "tiny-chain", "tiny-small"]


def test_probabilities_are_of_train_and_where_stegos_are_online_only(plan):
    assert plan.probabilities(CHAINED) == [
        f"results/probabilities/sample/suniward-0.4bpp/train-00{number}.h5" for number in (0, 1)
    ]
    assert plan.probabilities(TrainedDetector(SUNIWARD, "xu-net-fc", "tiny", 1)) == []


# ---- cross-dataset


def test_every_detector_scores_its_own_set_first_and_others_if_asked():
    plan = changed(experiments=TINY["runs"]["tiny"]["experiments"], cross_dataset=True)
    assert {detector for detector, _ in plan.scorings} == set(plan.detectors)
    for detector in plan.detectors:
        tested = plan.tested_on(detector)
        assert tested[0] == detector.stego_set
        if detector.model == "dctr":  # looks at coefficients, which pixels have none of
            assert {EMBEDDERS[one.embedder].domain for one in tested} == {"jpeg"} and len(tested) == 2
        else:
            assert set(tested) == set(plan.combined_sets) and len(tested) == 4
    alone = changed()
    assert alone.scorings == [(detector, detector.stego_set) for detector in alone.detectors]


def test_images_that_were_trained_on_are_not_tested():
    """alaska2-crop and alaska2-resize are the same images under two splits; bossbase and sample differ in size."""
    config = copy.deepcopy(shipped("paper").config)
    config["runs"]["paper"] |= {"cross_dataset": True}
    config["runs"]["paper"]["experiments"].append(config["runs"]["sample"]["experiments"][0])
    config["runs"]["paper"]["recipes"] |= {"xu-net": "quick"}
    plan = Plan(check(config))
    crop = TrainedDetector(StegoSet.parse("alaska2-crop/uerd-precomputed"), "first-method-fc", "quick", 1)
    tested = {one.source for one in plan.tested_on(crop)}
    assert tested == {"alaska2-crop", "bossbase", "bossbase+bows2"}
    with pytest.raises(DataError, match="alaska2-resize: expected images that alaska2-crop was not trained on, got"):
        plan.scoring(crop, StegoSet.parse("alaska2-resize/uerd-precomputed"))
    with pytest.raises(DataError, match="expected the val split of alaska2-crop/uerd-precomputed, got that of another"):
        plan.scoring(crop, StegoSet.parse("bossbase/wow-0.4bpp"), "val-")
    assert len(plan.scoring(crop, StegoSet.parse("bossbase/wow-0.4bpp"))["shards"]) == 1


def test_scores_are_made_from_a_detector_and_a_split(plan):
    """A network from its weights and shards, a classifier also from features, a mean from the scores of both."""
    mean = MEAN
    network, features = mean.components
    tested = f"on/{SUNIWARD}"
    assert plan.scoring(network, SUNIWARD) == {
        "model": network.file("model.json"),
        "weights": network.file("model.weights.h5"),
        "history": network.file("history.tsv"),
        "excluded": [],
        "shards": ["results/shards/sample/suniward-0.4bpp/test-000.h5"],
        "splits": ["results/covers/sample/split.tsv"],
    }
    assert plan.scoring(network, SUNIWARD, "val-")["shards"] == ["results/shards/sample/suniward-0.4bpp/val-000.h5"]
    made = plan.scoring(features, SUNIWARD)
    assert (made["arrays"], made["val"]) == (
        features.file("model.npz"),
        features.file(f"{tested}/val-metrics.json"),
    )
    assert made["stego_features"] == ["results/features/spam/sample/suniward-0.4bpp/test-000.h5"]
    assert made["cover_features"] == ["results/features/spam/sample/covers/test-000.h5"]
    assert plan.scoring(mean, SUNIWARD) == {
        "model": mean.file("model.json"),
        "excluded": [],
        "components": [each.file(f"{tested}/scores.tsv") for each in (network, features)],
        "component_metrics": network.file(f"{tested}/metrics.json"),
    }


def test_covers_of_a_picture_that_another_source_has_are_left_out(plan):
    """Of combined sources in training; in another test split, where the detector was not trained on its source."""
    combined = TrainedDetector(BOTH, "spam-fld", "", 0)
    assert plan.conflicts(combined) == ["results/combined/photographs+sample.tsv"]
    assert plan.conflicts(combined, SUNIWARD) == plan.conflicts(CHAINED) == []
    assert plan.conflicts(CHAINED, BOTH) == ["results/combined/sample/on/photographs+sample.tsv"]
    assert plan.scoring(CHAINED, BOTH)["excluded"] == ["results/combined/sample/on/photographs+sample.tsv"]
    assert "results/combined/photographs+sample.tsv" in plan.conflict_tables


# ---- what is refused, and what is told


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda plan: plan.source("sampel"),
            r"sampel: expected a source defined in config.yaml \(sample, .*another",
        ),
        (lambda plan: plan.recipe("tin"), "tin: expected a recipe defined in config.yaml .tiny, "),
        (
            lambda plan: plan.shards(StegoSet.parse("sampel/wow-1bpp")),
            "sampel: expected one of .*; nearest valid: sample",
        ),
        (
            lambda plan: plan.shards(StegoSet.parse("sample+photographs/wow-1bpp")),
            "expected photographs.sample, got sam",
        ),
    ],
)
def test_an_unknown_name_is_one_line(plan, call, message):
    with pytest.raises(DataError, match=message) as caught:
        call(plan)
    assert "\n" not in str(caught.value)


def test_settings_tell_nothing_of_the_machine(plan):
    assert (
        "path" not in plan.settings["sources"]["photographs"] and plan.settings["sources"]["sample"]["split_seed"] == 3
    )
    assert (plan.settings["run"], plan.settings["seed"], plan.settings["seeds"]) == ("tiny", 1, [1])


def test_memory_of_a_fit():
    """Features of 8,000 training images up to 4 GB, and of a ridge three matrices of images by images."""
    plan = shipped("paper")

    def memory(stego_set, name="srm-fld"):
        return plan.memory(TrainedDetector(StegoSet.parse(stego_set), name, "", 0))

    assert memory("bossbase/suniward-0.4bpp") == 1500 + 8000 * 34_671 * 4 // 10**6
    assert memory("bossbase/suniward-0.4bpp", "srm-ridge") == 1500 + (8000 * 34_671 * 4 + 24 * 8000**2) // 10**6
    assert memory("bossbase+bows2/suniward-0.4bpp") == 1500 + 28_000 * 34_671 * 4 // 10**6
    assert memory("bossbase+bows2/suniward+wow-0.4bpp") == 1500 + 4000
