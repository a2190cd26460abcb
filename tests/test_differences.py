"""Paired differences between detectors, against hand and plain loops."""

from math import comb

import numpy as np
import pytest
from results_on_disk import detector_of, records, write_scores
from scipy.stats import t

from models import ModelError
from workflow.report import differences


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def scored(name, right, seed=1, names=None, groups=None):
    """A detector that is right on image i where right[i]; cover and stego in turn, pairs groups of their own."""
    detector = detector_of(f"a/suniward-0.4bpp/{name}/seed-{seed}")
    stego = np.arange(len(right)) % 2 == 1
    write_scores(detector, np.where(stego == np.array(right, bool), 0.9, 0.1), names, groups=groups)
    return detector


def compare(detectors):
    return records(differences.build(detectors).rows)


def test_by_hand():
    """Of 8 images the first is right in 6, the second in 4: right alone in 3 and 1; McNemar's exact p is 10/16."""
    first, second = [1, 1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 0, 1, 0]
    (row,) = compare([scored("xu-net-fc/tuned", first), scored("xu-net-lstm/tuned", second)])
    assert (row["first"], row["second"], row["seed"]) == ("xu-net-fc tuned", "xu-net-lstm tuned", 1)
    assert row["accuracy_difference"] == pytest.approx(2 / 8) and (row["images"], row["groups"]) == (8, 4)
    assert row["mcnemar_p"] == pytest.approx(2 * sum(comb(4, k) for k in (0, 1)) / 2**4)
    assert row["accuracy_difference_low"] < row["accuracy_difference"] < row["accuracy_difference_high"]
    assert row["p_e_difference"] == pytest.approx(2 / 8 - 4 / 8) and row["auc_difference"] > 0


def test_interval_is_that_of_groups():
    """Student's t of the means of 20 photographs, and wider than one that takes images as independent."""
    generator = np.random.default_rng(5)
    photographs = np.repeat(np.arange(20), 20)  # 10 covers of each
    hard = generator.random(20) < 0.5
    groups = [f"p{number}" for number in photographs]
    both = [
        scored("xu-net-fc/literal", np.ones(400, int), groups=groups),
        scored("xu-net-fc/tuned", np.where(hard[photographs], 0, 1), groups=groups),
    ]
    (row,) = compare(both)
    half = t.ppf(0.975, 19) * np.std(hard, ddof=1) / np.sqrt(20)
    low, high = row["accuracy_difference_low"], row["accuracy_difference_high"]
    assert (low, high) == pytest.approx((hard.mean() - half, hard.mean() + half))
    assert high - low > 3 * 2 * 1.96 * np.sqrt(0.25 / 400)
    assert compare(both) == [row]


def test_detectors_are_compared_that_differ_in_head_or_recipe():
    """Classifiers of features, which have seed 0 only, with every detector and seed."""
    right = [1, 0, 1, 1]
    trainings = ["xu-net-fc/tuned", "xu-net-lstm/tuned", "xu-net-pool/literal", "xu-net-fc/literal", "ye-net-fc/tuned"]
    detectors = [scored(training, right, seed) for training in trainings for seed in (1, 2)]
    rows = compare([*detectors, scored("spam-lda", right, 0)])
    networks = [row for row in rows if row["first"] != "spam-lda"]
    assert [(row["first"], row["second"], row["seed"]) for row in networks] == [
        (first, second, seed)
        for first, second in (
            ("xu-net-fc literal", "xu-net-fc tuned"),
            ("xu-net-fc literal", "xu-net-pool literal"),
            ("xu-net-fc tuned", "xu-net-lstm tuned"),
        )
        for seed in (1, 2, "all")
    ]
    assert {row["mcnemar_p"] for row in rows if row["seed"] == "all"} == {""}
    of_features = [(row["second"], row["seed"]) for row in rows if row["first"] == "spam-lda"]
    titles = {training.replace("/", " ") for training in trainings}
    assert sorted(of_features, key=str) == sorted(((title, s) for title in titles for s in (1, 2, "all")), key=str)


def test_the_mean_over_seeds():
    runs = {1: ([1, 1, 1, 1], [0, 1, 1, 1]), 2: ([1, 1, 0, 0], [1, 1, 1, 1])}
    detectors = []
    for seed, (first, second) in runs.items():
        detectors += [scored("xu-net-fc/t", first, seed), scored("xu-net-lstm/t", second, seed)]
    assert [row["accuracy_difference"] for row in compare(detectors)] == pytest.approx([0.25, -0.5, -0.125])


def test_other_images_are_refused():
    detectors = [scored("xu-net-fc/t", [1, 1]), scored("xu-net-lstm/t", [1, 1], names=["x", "x"])]
    with pytest.raises(ModelError, match=r"xu-net-lstm.*expected scores of the images of .*xu-net-fc.*got others"):
        compare(detectors)
