"""`models.calibration`: probabilities that do not saturate, their slope, and how well they hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import calibration


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=40, unique_by=lambda value: round(value, 3)))
def test_probabilities_keep_the_order_of_log_odds(values):
    values = np.sort(np.array(values))
    made = calibration.probabilities(values)
    assert (made >= 0).all() and (made <= 1).all()
    assert (np.diff(made) >= 0).all()
    far = np.abs(values) > 1e-9
    assert ((values > 0) == (made > 0.5))[far].all()
    near = np.abs(values) < 16
    np.testing.assert_allclose(made[near], 1 / (1 + np.exp(-values[near])))


def test_the_slope_is_that_of_the_logistic_function_that_labels_were_drawn_from():
    rng = np.random.default_rng(1)
    values = rng.normal(scale=2, size=20_000)
    for steepness in (0.3, 1.0, 2.5):
        stego = rng.random(len(values)) < 1 / (1 + np.exp(-steepness * values))
        assert calibration.slope(values, stego, 10) == pytest.approx(steepness, rel=0.05)


def test_the_reliability_curve_by_hand():
    """Twenty images in ten bins of two; scores .05, .05, .15, ... and stego where the score is above one half."""
    values = np.repeat(np.arange(10) / 10 + 0.05, 2)
    labels = (values > 0.5).astype(int)
    curve, error = calibration.reliability(labels[::-1], values[::-1])
    np.testing.assert_allclose(curve[:, 0], np.arange(10) / 10 + 0.05)
    assert curve[:, 1].tolist() == [0.0] * 5 + [1.0] * 5
    assert error == pytest.approx(np.mean([0.05, 0.15, 0.25, 0.35, 0.45]))
    assert calibration.reliability(np.array([0, 1]), np.array([0.5, 0.5]))[1] == 0.5


def test_probabilities_that_hold_have_a_small_error():
    rng = np.random.default_rng(2)
    values = rng.random(20_000)
    labels = (rng.random(20_000) < values).astype(int)
    assert calibration.reliability(labels, values)[1] < 0.02
    assert calibration.reliability(labels, values**3)[1] > 0.1
