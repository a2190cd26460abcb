"""`models.metrics`: what scores come to, against hand and plain loops."""

import math

import naive_metrics as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ModelError, metrics
from models.scores import Scores


def summarise(labels, scores, **more):
    return metrics.summarise(np.array(labels), np.array(scores, dtype=np.float64), **more)


def test_by_hand():
    """Covers .1 .2 .4 .6, stegos .3 .5 .7 .9: at 0.5 one cover and one stego are called wrong.

    From .5 on: 1/4 false alarms, 1/4 missed; from .7 on: 0 and 2/4; from .3 on: 2/4 and 0: P_E is 1/4. Without a
    false alarm .3 and .5 are missed. Of 16 couples .3 loses two (to .4, .6) and .5 one (to .6): AUC 13/16.
    Wilson, 6 of 8, z 1.959964 (z^2 3.841459): (.75 + .240091 +- 1.959964 sqrt(.0234375 + .0150057)) / 1.480182.
    """
    labels, scores = [0, 1, 0, 1, 0, 1, 0, 1], [0.1, 0.3, 0.2, 0.5, 0.4, 0.7, 0.6, 0.9]
    summary = summarise(labels, scores)
    half = 1.959964 * math.sqrt(0.0234375 + 0.0150057)
    assert summary.pop("accuracy_low") == pytest.approx((0.990091 - half) / 1.480182, abs=1e-5)
    assert summary.pop("accuracy_high") == pytest.approx((0.990091 + half) / 1.480182, abs=1e-5)
    loss = -math.log(0.9 * 0.8 * 0.6 * 0.4 * 0.3 * 0.5 * 0.7 * 0.9) / 8
    assert summary == pytest.approx(
        {"images": 8, "independent": 8, "accuracy": 0.75, "loss": loss, "p_e": 0.25, "auc": 13 / 16, "p_md_5": 0.5}
    )


def test_five_per_cent_of_false_alarms_are_allowed_not_more():
    """Of 20 covers one may lie above the threshold: that frees the stego at .8, not the one at .5."""
    labels = [0] * 20 + [1] * 3
    scores = [0.1] * 18 + [0.6, 0.9] + [0.95, 0.8, 0.5]
    assert summarise(labels, scores)["p_md_5"] == pytest.approx(1 / 3)
    assert summarise([0, *labels], [0.9, *scores])["p_md_5"] == pytest.approx(2 / 3)  # two of 21 at .9


@pytest.mark.parametrize(("separated", "accuracy", "auc", "p_e"), [(True, 1.0, 1.0, 0.0), (False, 0.0, 0.0, 0.5)])
def test_told_apart_for_certain(separated, accuracy, auc, p_e):
    """P_E of a detector that is always wrong is that of one that calls everything the same: its sign is not turned."""
    summary = summarise([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9] if separated else [0.9, 0.8, 0.2, 0.1])
    assert (summary["accuracy"], summary["auc"], summary["p_e"]) == (accuracy, auc, p_e)


@pytest.mark.parametrize("score", [0.0, 0.2, 0.5, 1.0])
def test_constant_scores_tell_nothing(score):
    summary = summarise([0, 1] * 5, [score] * 10)
    assert (summary["accuracy"], summary["auc"], summary["p_e"], summary["p_md_5"]) == (0.5, 0.5, 0.5, 1.0)


COARSE = st.integers(0, 8).map(lambda eighths: eighths / 8)  # ties, and scores of just 0.5
SCORES = st.one_of(COARSE, st.floats(0, 1, width=32))
DETECTIONS = st.lists(st.tuples(st.integers(0, 1), SCORES), min_size=2, max_size=60).filter(
    lambda detections: len({label for label, _ in detections}) == 2
)


@given(DETECTIONS)
def test_plain_loops_agree(detections):
    labels, scores = map(list, zip(*detections, strict=True))
    low, high = naive.wilson(round(naive.accuracy(labels, scores) * len(labels)), len(labels))
    expected = {
        "images": len(labels),
        "independent": len(labels),
        "accuracy": naive.accuracy(labels, scores),
        "accuracy_low": low,
        "accuracy_high": high,
        "loss": naive.loss(labels, scores),
        "p_e": naive.p_e(labels, scores),
        "auc": naive.auc(labels, scores),
        "p_md_5": naive.p_md_5(labels, scores),
    }
    assert summarise(labels, scores) == pytest.approx(expected, abs=1e-9)


@given(DETECTIONS, st.randoms(use_true_random=False))
def test_the_order_of_images_is_of_no_account(detections, random):
    shuffled = random.sample(detections, len(detections))
    assert summarise(*zip(*detections, strict=True)) == pytest.approx(summarise(*zip(*shuffled, strict=True)))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_score_that_is_not_finite_is_refused(bad):
    with pytest.raises(ModelError, match=r"expected finite scores of covers and stegos, got 3 finite of 4"):
        summarise([0, 1, 0, 1], [0.1, bad, 0.3, 0.4])


@pytest.mark.parametrize("labels", [[0, 0], [1, 1], []])
def test_one_class_is_refused(labels):
    with pytest.raises(ModelError, match="and classes"):
        summarise(labels, [0.5] * len(labels))


@given(st.integers(0, 60), st.integers(1, 60))
def test_wilson_is_the_formula(right, more):
    assert metrics.wilson(right / (right + more), right + more) == pytest.approx(naive.wilson(right, right + more))


# ---- of several stegos of a cover, and of parts


def test_a_cover_with_several_stegos_narrows_no_interval():
    """Three embedders on the same four covers: 24 scores, of which the interval counts 8."""
    labels, scores = [0, 1] * 4, [0.1, 0.3, 0.2, 0.5, 0.4, 0.7, 0.6, 0.9]
    once, thrice = summarise(labels, scores), summarise(labels * 3, scores * 3)
    of_covers = summarise(labels * 3, scores * 3, covers=4)
    assert thrice["accuracy_high"] - thrice["accuracy_low"] < once["accuracy_high"] - once["accuracy_low"]
    assert of_covers["independent"] == 8 and of_covers["images"] == 24
    assert (of_covers["accuracy_low"], of_covers["accuracy_high"]) == (once["accuracy_low"], once["accuracy_high"])


def test_parts_are_counted_by_themselves():
    """Covers a and b, one of quality 75 and one of 95, each embedded by two: of each part what its scores come to."""
    embedders, names, qualities = ["uerd"] * 4 + ["jmipod"] * 4, list("aabb") * 2, np.array([75, 75, 95, 95] * 2)
    labels, values = np.array([0, 1] * 4), np.array([0.1, 0.9, 0.8, 0.9, 0.2, 0.3, 0.4, 0.6])
    scored = Scores(["s"] * 8, embedders, names, qualities, labels, values)
    described = metrics.describe(scored)
    parts = described.pop("by_embedder") | described.pop("by_quality")
    assert described == summarise(labels, values, covers=2) and described["independent"] == 4
    assert parts == {
        "uerd": summarise(labels[:4], values[:4]),
        "jmipod": summarise(labels[4:], values[4:]),
        "75": summarise(labels[[0, 1, 4, 5]], values[[0, 1, 4, 5]], covers=1),
        "95": summarise(labels[[2, 3, 6, 7]], values[[2, 3, 6, 7]], covers=1),
    }
    assert "by_embedder" not in metrics.describe(scored.part(np.arange(8) < 4))
