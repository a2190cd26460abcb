"""`embedders.elementary`: below 1 ulp over the whole range, of long doubles as the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config

from embedders import elementary

COUNT = 2_000 if config.DISABLE_JIT else 400_000


def ulps(found, exact):
    """Distance in units of the last place of the exact value; `exact` is of long doubles."""
    return np.abs((found - exact) / np.spacing(np.abs(exact).astype(np.float64)))


def over(low, high):
    return np.random.default_rng(3).uniform(low, high, COUNT)


@pytest.mark.parametrize("x", [over(-708, 709), over(-40, 0), over(-1, 1), over(-1e-8, 1e-8)], ids=str)
def test_exponentials(x):
    assert ulps(elementary.exp(x), np.exp(x.astype(np.longdouble))).max() < 1


@pytest.mark.parametrize("x", [np.exp(over(-700, 700)), over(0.5, 2), over(0.999, 1.001), over(1, 1e6)], ids=str)
def test_logarithms(x):
    x = x[x != 1]
    assert ulps(elementary.log(x), np.log(x.astype(np.longdouble))).max() < 1


def test_ends_of_the_range():
    assert elementary.exp([0.0, -0.0, -np.inf, np.inf, -708.1, 709.1]).tolist() == [1, 1, 0, np.inf, 0, np.inf]
    assert elementary.exp(-708.0) > 0 and elementary.exp(709.0) < np.inf
    assert elementary.log([1.0, np.inf]).tolist() == [0, np.inf]
    assert elementary.log(np.finfo(float).tiny) == pytest.approx(-708.3964185322641, rel=1e-15)


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=20), st.integers(1, 1100))
def test_an_element_does_not_depend_on_its_place(values, size):
    """Vectors and what is left over at the end of a block give the same bits."""
    x = np.resize(values, size)
    alone = {value: elementary.exp(value).item() for value in values}
    assert elementary.exp(x).tolist() == [alone[value] for value in x.tolist()]
    y = elementary.exp(x)
    alone = {value: elementary.log(value).item() for value in set(y.tolist())}
    assert elementary.log(y).tolist() == [alone[value] for value in y.tolist()]


def test_shape_is_kept():
    assert elementary.exp(np.zeros((3, 4))).shape == (3, 4) and elementary.log(np.ones((2, 1, 5))).shape == (2, 1, 5)
    assert elementary.exp(np.zeros((4, 6))[:, ::2]).shape == (4, 3) and elementary.exp(0.0).shape == ()
