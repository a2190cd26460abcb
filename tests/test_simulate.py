"""`embedders.simulate`: lambda, probabilities, draw, seeds."""

import math
from functools import partial

import naive
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from refusals import message_of

from embedders import EmbedderError, simulate, spatial

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 6))
FRACTIONS = st.floats(0.001, 0.99)
few = settings(max_examples=60)


@st.composite
def costs(draw, symmetric=None):
    """Costs of +1 and -1 over six orders of magnitude, some wet, not all; equal or unequal."""
    shape = draw(SHAPES)
    one = arrays(np.float64, shape, elements=st.floats(1e-3, 1e3) | st.just(math.inf))
    rho_p1 = draw(one)
    symmetric = draw(st.booleans()) if symmetric is None else symmetric
    rho_m1 = rho_p1.copy() if symmetric else draw(one)
    assume(np.isfinite(rho_p1).any() or np.isfinite(rho_m1).any())
    return rho_p1, rho_m1


def many(n=20_000, seed=0, wet=0.1):
    """Costs of a whole plane, where lambda starts from a sample."""
    rng = np.random.default_rng(seed)
    rho = rng.lognormal(0, 2, n)
    return np.where(rng.random(n) < wet, math.inf, rho), np.where(rng.random(n) < wet, math.inf, rho)


#: (call, ...) -> its error message.
refusal = partial(message_of, EmbedderError)
every_function = pytest.mark.parametrize(
    "call", [simulate.find_lambda, simulate.change_probabilities, simulate.entropy_bits]
)


# ---------------------------------------------------------------------------------------------- lambda


@few
@given(costs(), FRACTIONS)
def test_entropy_at_lambda_equals_the_message(rho, fraction):
    message = fraction * simulate.capacity(*rho)
    lam = simulate.find_lambda(*rho, message)
    assert naive.entropy_bits(*rho, lam) == pytest.approx(message, rel=1e-6)
    assert simulate.entropy_bits(*rho, lam) == pytest.approx(message, rel=1e-6)


@pytest.mark.parametrize("bits", [1, 17, 100, 200])
@pytest.mark.parametrize("symmetric", [True, False])
def test_lambda_equals_that_of_a_bisection(bits, symmetric):
    rng = np.random.default_rng(bits)
    rho_p1 = rng.uniform(0.1, 10, (13, 11))
    rho_m1 = rho_p1.copy() if symmetric else rng.uniform(0.1, 10, (13, 11))
    rho_p1[3, 4] = rho_m1[5, 6] = rho_p1[7, 8] = rho_m1[7, 8] = math.inf
    assert simulate.find_lambda(rho_p1, rho_m1, bits) == pytest.approx(
        naive.find_lambda(rho_p1, rho_m1, bits), rel=1e-8
    )


@pytest.mark.parametrize("fraction", [1e-4, 0.01, 0.25, 0.6, 0.99])
@pytest.mark.parametrize("wet", [0.0, 0.5])
def test_lambda_of_a_plane_starts_from_a_sample_and_is_exact(fraction, wet):
    rho = many(wet=wet)
    message = fraction * simulate.capacity(*rho)
    lam = simulate.find_lambda(*rho, message)
    assert naive.entropy_bits(*rho, lam) == pytest.approx(message, rel=1e-9)


@pytest.mark.parametrize("fill", [0.0, math.inf, 1e6])
def test_sample_that_is_unlike_the_plane(fill):
    """Every element of the sample is free, wet or dear: the start is poor or none, the root is the same."""
    rho = many(wet=0.0)[0]
    rho[:: simulate.STRIDE] = fill
    free = np.count_nonzero(rho == 0) * math.log2(3)
    message = free + 0.1 * (simulate.capacity(rho, rho) - free)
    assert naive.entropy_bits(rho, rho, simulate.find_lambda(rho, rho, message)) == pytest.approx(message, rel=1e-9)


@few
@given(costs(), FRACTIONS, st.floats(1e-6, 1e6))
def test_lambda_is_inverse_to_the_unit_of_cost(rho, fraction, unit):
    message = fraction * simulate.capacity(*rho)
    lam = simulate.find_lambda(rho[0] * unit, rho[1] * unit, message)
    assert naive.entropy_bits(*rho, lam * unit) == pytest.approx(message, rel=1e-6)


@pytest.mark.parametrize("free", [0, 1])
def test_one_direction_may_be_free(free):
    rho = [np.ones(10), np.ones(10)]
    rho[free] = np.zeros(10)
    lam = simulate.find_lambda(*rho, 14.0)
    assert naive.entropy_bits(*rho, lam) == pytest.approx(14.0, rel=1e-9)


def test_message_of_the_whole_capacity():
    lam = simulate.find_lambda(np.ones(10), np.full(10, math.inf), 10.0)
    assert naive.entropy_bits(np.ones(10), np.full(10, math.inf), lam) == pytest.approx(10.0, rel=1e-9)


@few
@given(costs())
def test_capacity_is_the_logarithm_of_the_number_of_choices(rho):
    choices = [1 + np.isfinite(up) + np.isfinite(down) for up, down in zip(*(r.flat for r in rho), strict=True)]
    assert simulate.capacity(*rho) == pytest.approx(sum(map(math.log2, choices)))
    assert naive.entropy_bits(*rho, 0.0) == pytest.approx(simulate.capacity(*rho))


@few
@given(costs(), st.floats(1e-4, 1e4))
def test_slope_is_the_derivative_by_the_logarithm_of_lambda(rho, lam):
    entropy, slope = simulate.Costs(rho[0].ravel(), rho[1].ravel()).entropy_and_slope(lam)
    assert entropy == pytest.approx(naive.entropy_bits(*rho, lam) * math.log(2), rel=1e-9, abs=1e-12)
    step = 1e-4
    sides = [naive.entropy_bits(*rho, lam * math.exp(sign * step)) * math.log(2) for sign in (1, -1)]
    assert slope == pytest.approx((sides[0] - sides[1]) / (2 * step), rel=1e-4, abs=1e-8)
    assert slope <= 0


@pytest.mark.parametrize("size", [1, 63, 64, 65, 199])
def test_every_element_is_summed(size):
    """The product of factors is closed after 64 of them and at the end."""
    rho_p1, rho_m1 = many(size, wet=0.2)
    entropy, _ = simulate.Costs(rho_p1, rho_m1).entropy_and_slope(0.3)
    assert entropy == pytest.approx(naive.entropy_bits(rho_p1, rho_m1, 0.3) * math.log(2), rel=1e-12)


# ---------------------------------------------------------------------------------------------- probabilities


@few
@given(costs(), st.floats(0, 1e300))
def test_probabilities_follow_their_definition(rho, lam):
    p_p1, p_m1 = simulate.change_probabilities(*rho, lam)
    expected = naive.probabilities(*rho, lam)
    assert p_p1.shape == p_m1.shape == rho[0].shape
    assert_allclose((p_p1, p_m1), expected, rtol=1e-12, atol=1e-300)  # below the smallest normal number
    assert (p_p1 >= 0).all() and (p_m1 >= 0).all() and (p_p1 + p_m1 <= 2 / 3 + 1e-15).all()
    assert (p_p1[np.isinf(rho[0])] == 0).all() and (p_m1[np.isinf(rho[1])] == 0).all()


@few
@given(costs(symmetric=True), st.floats(0, 1e3))
def test_equal_costs_give_equal_probabilities_up_to_a_third(rho, lam):
    p_p1, p_m1 = simulate.change_probabilities(*rho, lam)
    assert np.array_equal(p_p1, p_m1) and (p_p1 >= 0).all() and (p_p1 <= 1 / 3).all()


@few
@given(costs(), st.floats(1e-4, 1e3), st.floats(1, 100))
def test_changes_grow_fewer_as_lambda_grows(rho, lam, factor):
    near, far = simulate.change_probabilities(*rho, lam), simulate.change_probabilities(*rho, lam * factor)
    assert (sum(far) <= sum(near) + 1e-15).all()
    assert simulate.entropy_bits(*rho, lam * factor) <= simulate.entropy_bits(*rho, lam) + 1e-12


def test_wet_stays_at_zero_however_small_lambda_is():
    wet = np.array([math.inf, math.inf, 1.0])
    for lam in (0.0, 1e-300, 1.0, 1e300):
        p_p1, p_m1 = simulate.change_probabilities(wet, wet[::-1], lam)
        assert p_p1[:2].tolist() == [0, 0] and p_m1[1:].tolist() == [0, 0]


def test_wet_pixels():
    cover = np.array([[0, 1, 254, 255]], np.uint8)
    rho_p1, rho_m1 = spatial.wet(cover, np.array([[1.0, 2.0, 3.0, 4.0]]))
    assert rho_p1.tolist() == [[1, 2, 3, math.inf]] and rho_m1.tolist() == [[math.inf, 2, 3, 4]]


# ---------------------------------------------------------------------------------------------- draw


@few
@given(costs(), st.floats(1e-3, 1e3), st.integers(0, 2**32))
def test_draw_follows_its_definition(rho, lam, seed):
    p_p1, p_m1 = simulate.change_probabilities(*rho, lam)
    uniform = np.random.default_rng(seed).random(p_p1.shape)
    changes = simulate.draw_changes(p_p1, p_m1, uniform)
    assert changes.dtype == np.int8 and np.array_equal(changes, naive.draw(p_p1, p_m1, uniform))


def test_draw_at_the_thresholds():
    p_p1, p_m1 = np.full(5, 0.25), np.full(5, 0.5)
    uniform = np.array([0.0, np.nextafter(0.25, 0), 0.25, np.nextafter(0.75, 0), 0.75])
    assert simulate.draw_changes(p_p1, p_m1, uniform).tolist() == [1, 1, -1, -1, 0]
    assert simulate.draw_changes(np.zeros(5), np.zeros(5), np.zeros(5)).tolist() == [0] * 5


def test_order_in_memory_does_not_matter():
    """Matlab's uniforms come column by column: elements belong together by index, never by address."""
    rng = np.random.default_rng(5)
    rho, uniform = rng.uniform(0.1, 5, (9, 7)), rng.random((9, 7))
    lam = simulate.find_lambda(rho, rho, 30)
    p_p1, p_m1 = simulate.change_probabilities(rho, rho, lam)
    columns = np.asfortranarray
    assert simulate.find_lambda(columns(rho), rho, 30) == lam
    assert np.array_equal(simulate.change_probabilities(columns(rho), rho, lam)[0], p_p1)
    changes = simulate.draw_changes(p_p1, columns(p_m1), columns(uniform))
    assert np.array_equal(changes, naive.draw(p_p1, p_m1, uniform))


# ---------------------------------------------------------------------------------------------- seeds


def test_stego_seed_is_pinned():
    assert simulate.stego_seed(1, "suniward", 1, 0.4, "1.pgm") == 325396986855960162451770915120981465358


def test_all_that_makes_a_stego_is_in_its_seed():
    keys = [
        (1, "suniward", 1, 0.4, "1.pgm"),
        (2, "suniward", 1, 0.4, "1.pgm"),
        (1, "wow", 1, 0.4, "1.pgm"),
        (1, "suniward", 2, 0.4, "1.pgm"),
        (1, "suniward", 1, 0.2, "1.pgm"),
        (1, "suniward", 1, 0.4, "2.pgm"),
        (1, "suniward", 1, 0.4, "11.pgm"),
        (11, "suniward", 1, 0.4, "1.pgm"),
    ]
    assert len({simulate.stego_seed(*key) for key in keys}) == len(keys)
    assert simulate.stego_seed(1, "wow", 1, 1, "a") == simulate.stego_seed(1, "wow", 1, 1.0, "a")


@few
@given(st.integers(), st.text(), st.text())
def test_different_names_give_different_seeds(run_seed, one, other):
    assume(one != other)
    first, second = (simulate.stego_seed(run_seed, "wow", 1, 0.4, name) for name in (one, other))
    assert first != second and 0 <= first < 2**128


# ---------------------------------------------------------------------------------------------- refusals


ONES, WET = np.ones(4), np.full(6, math.inf)


@pytest.mark.parametrize(
    ("call", "arguments", "words"),
    [
        *(
            (simulate.find_lambda, (ONES, ONES, bits), ["expected a positive number of bits", str(bits)])
            for bits in (0, -1, math.nan, math.inf)
        ),
        # 100 log2(3) = 158.496
        (simulate.find_lambda, (np.ones(100), np.ones(100), 159), ["message of 159 bits", "capacity of 158 bits"]),
        (simulate.find_lambda, (WET, WET, 1), ["all 6 elements are wet"]),
        (simulate.find_lambda, (np.ones(0), np.ones(0), 1.0), ["got none"]),
        (simulate.find_lambda, (np.zeros(4), np.zeros(4), 1), ["expected some above zero"]),
        (simulate.find_lambda, (np.array([0.0, 0, 1]), np.array([0.0, 0, 1]), 1), ["of 1 bits cannot be met"]),
        *((simulate.change_probabilities, (ONES, ONES, lam), [str(lam)]) for lam in (-1.0, math.nan, math.inf)),
    ],
)
def test_what_has_no_lambda_is_refused(call, arguments, words):
    message = refusal(call, *arguments)
    assert all(word in message for word in words), message


@every_function
@pytest.mark.parametrize("bad", [-1.0, math.nan, -math.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_costs_that_are_negative_or_nan(call, bad, side):
    rho = [np.ones(4), np.ones(4)]
    rho[side][2] = bad
    assert "negative one or NaN" in refusal(call, *rho, 1.0)


@every_function
@pytest.mark.parametrize("shapes", [(5, 4), (1, 5), ((2, 3), (3, 2)), ((2, 3), 6)])
def test_costs_of_unequal_shapes(call, shapes):
    """Once a kernel wrote past the end of the shorter one."""
    text = refusal(call, np.ones(shapes[0]), np.ones(shapes[1]), 1.0)
    assert all(str(np.empty(shape).shape) in text for shape in shapes)


@pytest.mark.parametrize("odd", [0, 1, 2])
def test_draw_of_unequal_shapes(odd):
    planes = [np.full((2, 3), 0.1) for _ in range(3)]
    planes[odd] = planes[odd].T
    text = refusal(simulate.draw_changes, *planes)
    assert "(2, 3)" in text and "(3, 2)" in text
