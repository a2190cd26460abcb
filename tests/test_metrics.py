"""`models.metrics`: what scores come to, against hand and plain loops."""

import math

import naive_metrics as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import ModelError, intervals, metrics
from models.scores import Scores


def summarise(labels, scores, groups=None):
    groups = [str(row // 2) for row in range(len(labels))] if groups is None else groups
    return metrics.summarise(np.array(labels), np.array(scores, dtype=np.float64), groups)


def test_by_hand():
    """Covers .1 .2 .4 .6, stegos .3 .5 .7 .9: at 0.5 one cover and one stego are called wrong.

    From .5 on: 1/4 false alarms, 1/4 missed; from .7 on: 0 and 2/4; from .3 on: 2/4 and 0: P_E is 1/4. Without a
    false alarm .3 and .5 are missed. Of 16 couples .3 loses two (to .4, .6) and .5 one (to .6): AUC 13/16.
    Of the area below the ROC curve 1 + 3 + 4 + 4 sixteenths lie below .25, .75, 1, 1 and 1 + 1.6 * 3 below .4: the
    corners are (0, .5), (.25, .5), (.25, .75), (.5, .75), (.5, 1), (1, 1). At 5 % false alarms .5 are detected.
    Groups are pairs: without one of them 4, 4, 4 (a cover of .4 called right, a stego of .7), 5 of 6 are right.
    """
    labels, scores = [0, 1, 0, 1, 0, 1, 0, 1], [0.1, 0.3, 0.2, 0.5, 0.4, 0.7, 0.6, 0.9]
    summary = summarise(labels, scores)
    loss = -math.log(0.9 * 0.8 * 0.6 * 0.4 * 0.3 * 0.5 * 0.7 * 0.9) / 8
    expected = {"images": 8, "groups": 4, "accuracy": 0.75, "loss": loss, "p_e": 0.25, "auc": 13 / 16, "p_md_5": 0.5}
    assert {key: summary[key] for key in expected} == pytest.approx(expected)
    assert summary["wauc"] == pytest.approx((13 / 16 + 0.4) / 1.4)
    # without each pair 5/6, 4/6, 4/6, 5/6 are right: variance 3/4 * 4 / 144; Student's t of 3 degrees 3.18245
    half = 3.18245 * math.sqrt(3 / 144)
    assert summary["accuracy_low"] == pytest.approx(0.75 - half, abs=1e-5) and summary["accuracy_high"] == 1


def test_missed_detections_at_five_per_cent_lie_between_two_thresholds():
    """Of 20 covers one may lie above: that frees the stego at .8, not the one at .5; of 21, 1.05."""
    labels = [0] * 20 + [1] * 3
    scores = [0.1] * 18 + [0.6, 0.9] + [0.95, 0.8, 0.5]
    assert summarise(labels, scores)["p_md_5"] == pytest.approx(1 / 3)
    # corners (0, 1/3), (2/21, 1/3), (2/21, 2/3): two of 21 at .9
    assert summarise([0, *labels], [0.9, *scores])["p_md_5"] == pytest.approx(2 / 3)
    # a cover and a stego at one score are one step, of which half is gone
    assert summarise([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0.9, *[0.1] * 9, 0.9])["p_md_5"] == pytest.approx(0.5)


@pytest.mark.parametrize(("separated", "accuracy", "auc", "p_e"), [(True, 1.0, 1.0, 0.0), (False, 0.0, 0.0, 0.5)])
def test_told_apart_for_certain(separated, accuracy, auc, p_e):
    """P_E of a detector that is always wrong is that of one that calls everything the same: its sign is not turned."""
    summary = summarise([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9] if separated else [0.9, 0.8, 0.2, 0.1])
    assert (summary["accuracy"], summary["auc"], summary["p_e"]) == (accuracy, auc, p_e)


@pytest.mark.parametrize("score", [0.0, 0.2, 0.5, 1.0])
def test_constant_scores_tell_nothing(score):
    summary = summarise([0, 1] * 5, [score] * 10)
    assert (summary["accuracy"], summary["auc"], summary["p_e"], summary["p_md_5"]) == pytest.approx(
        (0.5, 0.5, 0.5, 0.95)
    )


COARSE = st.integers(0, 8).map(lambda eighths: eighths / 8)  # ties, and scores of just 0.5
SCORES = st.one_of(COARSE, st.floats(0, 1, width=32))
DETECTIONS = st.lists(st.tuples(st.integers(0, 1), SCORES), min_size=2, max_size=60).filter(
    lambda detections: len({label for label, _ in detections}) == 2
)


@given(DETECTIONS)
def test_plain_loops_agree(detections):
    labels, scores = map(list, zip(*detections, strict=True))
    summary = summarise(labels, scores, ["a"] * len(labels))
    for name in ("accuracy", "loss", "p_e", "auc", "p_md_5"):
        assert summary[name] == pytest.approx(getattr(naive, name)(labels, scores), abs=1e-9)
        assert summary.get(f"{name}_low") is None  # a single group


@given(DETECTIONS.filter(lambda detections: len(detections) < 12))
@settings(max_examples=20)
def test_weighted_auc_is_the_sum_of_strips(detections):
    labels, scores = map(list, zip(*detections, strict=True))
    assert summarise(labels, scores)["wauc"] == pytest.approx(naive.wauc(labels, scores, 400), abs=1e-3)


PAIRS = st.lists(st.tuples(SCORES, SCORES, st.integers(0, 5)), min_size=1, max_size=20)


@given(PAIRS)
def test_intervals_are_those_of_plain_loops(pairs):
    labels, groups = [0, 1] * len(pairs), [str(group) for *_, group in pairs for _ in range(2)]
    scores = [score for *both, _ in pairs for score in both]
    summary = summarise(labels, scores, groups)
    for name in ("accuracy", "p_e", "auc", "p_md_5"):
        low, high = naive.jackknife(getattr(naive, name), labels, scores, groups)
        assert (summary[f"{name}_low"], summary[f"{name}_high"]) == pytest.approx((low, high), abs=1e-6)


@given(DETECTIONS, st.randoms(use_true_random=False))
def test_the_order_of_images_is_of_no_account(detections, random):
    grouped = [(*detection, str(row // 2)) for row, detection in enumerate(detections)]
    shuffled = random.sample(grouped, len(grouped))
    assert summarise(*zip(*grouped, strict=True)) == pytest.approx(summarise(*zip(*shuffled, strict=True)))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_score_that_is_not_finite_is_refused(bad):
    with pytest.raises(ModelError, match=r"expected finite scores of covers and stegos, got 3 finite of 4"):
        summarise([0, 1, 0, 1], [0.1, bad, 0.3, 0.4])


@pytest.mark.parametrize("labels", [[0, 0], [1, 1], []])
def test_one_class_is_refused(labels):
    with pytest.raises(ModelError, match="and classes"):
        summarise(labels, [0.5] * len(labels))


# ---- of several stegos of a cover, and of parts


def test_several_stegos_of_a_cover_narrow_no_interval():
    """Three embedders on the same four covers: 24 scores, and the interval of four groups."""
    labels, scores, groups = [0, 1] * 4, [0.1, 0.3, 0.2, 0.5, 0.4, 0.7, 0.6, 0.9], list("ppqqrrss")
    once, thrice = summarise(labels, scores, groups), summarise(labels * 3, scores * 3, groups * 3)
    assert thrice == once | {"images": 24, "loss": pytest.approx(once["loss"])}


def test_many_groups_are_left_out_in_blocks():
    """1,000 photographs: 200 blocks, whose interval is that of single photographs but for chance."""
    rng = np.random.default_rng(1)
    labels = np.tile([0, 1], 1000)
    scores = 1 / (1 + np.exp(-rng.normal(size=2000) - labels))
    measured = intervals.replicates(labels, scores, [f"p{row // 2}" for row in range(2000)], 0.5)
    assert measured.left_out.shape == (200, 5) and measured.groups == 1000
    low, high = measured.interval()
    accuracy = measured.all_images[0]
    assert (high[0] - low[0]) / 2 == pytest.approx(1.97 * math.sqrt(accuracy * (1 - accuracy) / 2000), rel=0.2)


def test_a_share_of_one_has_the_exact_bound_of_its_photographs():
    summary = summarise([0, 1] * 20, [0.1, 0.9] * 20)
    assert (summary["accuracy"], summary["accuracy_high"]) == (1, 1)
    assert summary["accuracy_low"] == pytest.approx(0.025 ** (1 / 20))
    assert summary["p_e_high"] == pytest.approx(1 - 0.025 ** (1 / 20))


def test_the_difference_of_a_detector_from_itself_is_none():
    rng = np.random.default_rng(2)
    labels, scores = np.tile([0, 1], 30), rng.random(60)
    measured = intervals.replicates(labels, scores, [str(row // 6) for row in range(60)], 0.5)
    other = intervals.replicates(labels, np.roll(scores, 2), [str(row // 6) for row in range(60)], 0.5)
    assert not (measured - measured).all_images.any()
    assert not np.any((measured - measured).interval(of_shares=False))
    low, high = (measured - other).interval()
    assert (low <= measured.all_images - other.all_images).all() and (low < high).any()


def test_parts_are_counted_by_themselves():
    """Covers a and b, one of quality 75 and one of 95, each embedded by two: of each part what its scores come to."""
    embedders, names, qualities = ["uerd"] * 4 + ["jmipod"] * 4, list("aabb") * 2, np.array([75, 75, 95, 95] * 2)
    labels, values = np.array([0, 1] * 4), np.array([0.1, 0.9, 0.8, 0.9, 0.2, 0.3, 0.4, 0.6])
    scored = Scores(["s"] * 8, embedders, names, names, qualities, labels, values)
    described = metrics.describe(scored)
    parts = described.pop("by_embedder") | described.pop("by_quality")
    assert described == summarise(labels, values, names) and described["groups"] == 2
    assert parts == {
        "uerd": summarise(labels[:4], values[:4], names[:4]),
        "jmipod": summarise(labels[4:], values[4:], names[4:]),
        "75": summarise(labels[[0, 1, 4, 5]], values[[0, 1, 4, 5]], list("aaaa")),
        "95": summarise(labels[[2, 3, 6, 7]], values[[2, 3, 6, 7]], list("bbbb")),
    }
    assert "by_embedder" not in metrics.describe(scored.part(np.arange(8) < 4))
