"""S-UNIWARD and WOW with the filter kernels they share: definition, symmetries, the authors' cost maps, conseal."""

import math

import naive
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from marks import needs_kernels
from naive_jpeg import reference
from numpy.testing import assert_allclose
from PIL import Image
from scipy.io import loadmat

import embedders
from embedders import _kernels_wavelet, spatial, suniward, wow
from embedders.wavelet import DB8_HIGH, DB8_LOW

SHAPES = [(1, 1), (1, 9), (5, 40), (17, 23)]


def island(rng, shape):
    cover = np.full(shape, 128, np.uint8)
    cover[shape[0] // 2, shape[1] // 2] += 1
    return cover


#: Name -> cover of a generator and a shape; on the first three WOW is wet everywhere or nearly so.
COVERS = {
    "constant": lambda rng, shape: np.full(shape, 77, np.uint8),
    "black": lambda rng, shape: np.zeros(shape, np.uint8),
    "white": lambda rng, shape: np.full(shape, 255, np.uint8),
    "half": lambda rng, shape: np.tile(np.where(np.arange(shape[1]) < shape[1] // 2, 0, 255), (shape[0], 1)).astype(
        np.uint8
    ),
    "saturated": lambda rng, shape: rng.choice(np.array([0, 255], np.uint8), shape),
    "random": lambda rng, shape: rng.integers(0, 256, shape, dtype=np.uint8),
    "dark": lambda rng, shape: rng.integers(0, 2, shape, dtype=np.uint8),
    "island": island,
}
TINY = arrays(np.uint8, st.tuples(st.integers(1, 10), st.integers(1, 10)))
FLAT_COST = 13.836262317302394
both = pytest.mark.parametrize("name", ["suniward", "wow"])


def assert_costs(name, rho, expected, rtol):
    """Costs agree; next to the wet limit of WOW the suitabilities are rounding noise, so 1/rho is compared there."""
    assert not np.isnan(rho).any() and (rho > 0).all()
    if name == "suniward":
        assert_allclose(rho, expected, rtol=rtol)
        return
    assert_allclose(1 / rho, 1 / expected, rtol=10 * rtol, atol=2e-10)
    low = expected < 1e3
    assert_allclose(rho[low], expected[low], rtol=1e-6)


# ---------------------------------------------------------------------------------------------- filters


def test_filters_are_those_of_the_oracle():
    assert np.array_equal(DB8_HIGH, naive.HIGH)
    assert np.array_equal(DB8_LOW, naive.LOW)


def test_filters_are_daubechies_8():
    """Orthonormal to its even shifts, blind to degrees below 8, all other roots inside the unit circle: only db8 is."""
    for shift in range(8):
        for first, second, expected in ((DB8_LOW, DB8_LOW, 1), (DB8_HIGH, DB8_HIGH, 1), (DB8_LOW, DB8_HIGH, 0)):
            product = first[2 * shift :] @ second[: 16 - 2 * shift]
            assert product == pytest.approx(expected if shift == 0 else 0, abs=1e-9)
    moments = [DB8_HIGH @ (np.arange(16) / 15) ** degree for degree in range(9)]
    assert np.abs(moments[:8]).max() < 1e-9 < abs(moments[8])
    roots = np.roots(DB8_HIGH)
    assert np.count_nonzero(np.abs(roots) < 0.6) == 7
    assert np.count_nonzero(np.abs(roots - 1) < 0.1) == 8


def test_correlations():
    rng = np.random.default_rng(3)
    taps, line, result = rng.standard_normal(16), rng.standard_normal(31), np.empty(16)
    _kernels_wavelet.correlate_line(line, taps, result)
    assert_allclose(result, np.correlate(line, taps, "valid"), rtol=1e-12)
    ring, result = rng.standard_normal((16, 7)), np.empty(7)
    for first in (0, 5, 21):
        _kernels_wavelet.correlate_ring(ring, first, taps, result)
        assert_allclose(result, taps @ np.roll(ring, -first, axis=0), rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------------------------------------- costs


@both
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pattern", COVERS)
def test_cost_follows_its_definition(name, pattern, shape):
    cover = COVERS[pattern](np.random.default_rng(0), shape)
    rho = embedders.cost(name, cover)
    assert rho.shape == shape and rho.dtype == np.float64
    assert_costs(name, rho, getattr(naive, name)(cover), 1e-11)


@pytest.mark.parametrize("sigma", [2.0**-6, 10.0])
def test_kernel_takes_sigma(sigma):
    cover = COVERS["random"](np.random.default_rng(2), (9, 14))
    rho = _kernels_wavelet.wavelet_cost(spatial.pad(cover), DB8_LOW, DB8_HIGH, True, sigma, np.inf)
    assert_allclose(rho, naive.suniward(cover, sigma), rtol=1e-10)


@pytest.mark.parametrize("level", [0, 1, 77, 128, 254, 255])
@pytest.mark.parametrize("shape", SHAPES)
def test_flat_cover_is_all_wet_in_wow(shape, level):
    cover = np.full(shape, level, np.uint8)
    assert np.isinf(wow.cost(cover)).all() and np.isinf(naive.wow(cover)).all()


def test_cover_of_equal_rows_is_all_wet_in_wow():
    """Two of the three directions see nothing: rho is a sum of reciprocals, so one flat direction is enough."""
    cover = np.tile(np.random.default_rng(0).integers(0, 256, 23, dtype=np.uint8), (17, 1))
    assert np.isinf(wow.cost(cover)).all() and np.isinf(wow.cost(cover.T)).all()


def test_far_from_the_only_detail_is_wet_in_wow():
    cover = np.full((43, 43), 128, np.uint8)
    cover[20:23, 20:23] = 255
    rho = wow.cost(cover)
    assert np.isfinite(rho[15:28, 15:28]).all()
    assert np.isinf(rho[:5]).all() and np.isinf(rho[-5:]).all()
    assert_costs("wow", rho, naive.wow(cover), 1e-11)


def test_floor_and_wet_limit_of_wow():
    assert wow.FLOOR == 2.0**-52 and wow.WET_FROM == 1e10
    padded = spatial.pad(skimage.data.camera()[200:221, 200:219])
    rho = _kernels_wavelet.wavelet_cost(padded, naive.LOW, naive.HIGH, False, wow.FLOOR, math.inf)
    limit = rho[4, 5]
    limited = _kernels_wavelet.wavelet_cost(padded, naive.LOW, naive.HIGH, False, wow.FLOOR, limit)
    assert np.array_equal(limited, np.where(rho >= limit, math.inf, rho))
    assert (_kernels_wavelet.wavelet_cost(padded, naive.LOW, naive.HIGH, False, 2.0**20, math.inf) == 3 / 2.0**20).all()


@pytest.mark.parametrize(
    ("name", "total", "ends", "expected"),
    [
        (
            *("suniward", 6003.107466693737, [3.759343911724086, 8.648521628928748]),
            [6.599166543142201, 6.091036857284509, 7.013019316496026, 4.859529989201076, 8.648521628928748],
        ),
        (
            *("wow", 358.6374818564037, [0.16481624413013746, 0.9247816803237852]),
            [0.43665986563891035, 0.3648182000514561, 0.5490209343301251, 0.27418735277627887, 0.9247816803237852],
        ),
    ],
)
def test_cost_of_a_photograph_is_pinned(name, total, ends, expected):
    """Values of the plain-loop oracle for a crop of scikit-image's camera man."""
    rho = embedders.cost(name, skimage.data.camera()[200:232, 200:232])
    assert_allclose([rho.sum(), rho.min(), rho.max()], [total, *ends], rtol=1e-11)
    assert_allclose([rho[at] for at in ((0, 0), (0, 31), (31, 0), (13, 17), (31, 31))], expected, rtol=1e-11)


@both
@settings(max_examples=30)
@given(cover=TINY)
def test_cost_turns_with_the_cover_and_keeps_when_it_is_inverted(name, cover):
    rho = embedders.cost(name, cover)
    assert_costs(name, embedders.cost(name, cover.T), rho.T, 1e-11)
    assert_costs(name, embedders.cost(name, 255 - cover), rho, 1e-7)


@settings(max_examples=30)
@given(TINY)
def test_cost_is_positive_and_highest_where_flat_in_suniward(cover):
    rho = suniward.cost(cover)
    assert (rho > 0).all() and (rho <= FLAT_COST * (1 + 1e-12)).all()


@settings(max_examples=30)
@given(TINY)
def test_doubling_the_contrast_halves_the_cost_of_wow(cover):
    cover //= 2
    rho, halved = wow.cost(cover), wow.cost(2 * cover)
    finite = np.isfinite(rho) & (rho < 1e9)
    assert np.array_equal(halved[finite], rho[finite] / 2)


def test_cost_reaches_fifteen_pixels():
    cover = skimage.data.camera()[100:136, 80:116]
    changed = cover.copy()
    changed[18, 18] ^= 255
    moved = np.argwhere(suniward.cost(changed) != suniward.cost(cover))
    assert moved.min() == 3 and moved.max() == 33


# ---------------------------------------------------------------------------------------------- outside oracles


@needs_kernels
@pytest.mark.parametrize(
    ("name", "keys", "rtol"), [("suniward", ("rho",), 1e-7), ("wow", ("rhoP1", "rhoM1"), 1e-5)], ids=["suniward", "wow"]
)
def test_reference_costs(name, keys, rtol):
    """Cost maps of the authors' Matlab code; the wet of WOW's is 1e10."""
    maps = sorted(reference(name).glob("*_costmap.mat"))
    assert maps
    for path in maps:
        cover = np.array(Image.open(reference("cover") / path.name.replace("_costmap.mat", ".png")))
        rho = embedders.cost(name, cover)
        ours = [np.minimum(costs, wow.WET_FROM) for costs in spatial.wet(cover, rho)] if name == "wow" else [rho]
        for costs, key in zip(ours, keys, strict=True):
            assert_allclose(costs, loadmat(path)[key], rtol=rtol)


@both
@pytest.mark.parametrize("photograph", ["camera", "coins", "moon"])
def test_conseal_costs(photograph, name):
    conseal = pytest.importorskip("conseal")
    cover = getattr(skimage.data, photograph)()[60:101, 100:153]
    cover[5, 7], cover[40, 30] = 0, 255
    ours = spatial.wet(cover, embedders.cost(name, cover))
    for rho, theirs in zip(ours, getattr(conseal, name).compute_cost_adjusted(cover), strict=True):
        assert_costs(name, np.minimum(rho, 1e8) if name == "suniward" else rho, theirs, 1e-11)
