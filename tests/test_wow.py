"""`embedders.wow`."""

import math
import os
from pathlib import Path

import naive
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from PIL import Image

import embedders
from embedders import _kernels_wavelet, spatial, wow

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "reference"
COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"
large = pytest.mark.skipif(not COMPILED, reason="NUMBA_DISABLE_JIT: whole photographs would take minutes")

SHAPES = [(1, 1), (1, 9), (5, 40), (17, 23)]
TINY = arrays(np.uint8, st.tuples(st.integers(1, 10), st.integers(1, 10)))


def assert_costs(rho, expected, rtol=1e-10):
    """Costs agree; next to the wet limit of 1e10 the suitabilities are rounding noise, so 1/rho is compared there."""
    assert not np.isnan(rho).any() and (rho > 0).all()
    assert_allclose(1 / rho, 1 / expected, rtol=rtol, atol=2e-10)
    low = expected < 1e3
    assert_allclose(rho[low], expected[low], rtol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["saturated", "random", "dark", "island"])
def test_cost_follows_its_definition(kind, shape):
    rng = np.random.default_rng(0)
    if kind == "saturated":
        cover = rng.choice(np.array([0, 255], np.uint8), shape)
    elif kind == "island":
        cover = np.full(shape, 128, np.uint8)
        cover[shape[0] // 2, shape[1] // 2] += 1
    else:
        cover = rng.integers(0, 256 if kind == "random" else 2, shape, dtype=np.uint8)
    rho = wow.cost(cover)
    assert rho.shape == shape and rho.dtype == np.float64
    assert_costs(rho, naive.wow(cover))


@pytest.mark.parametrize("level", [0, 1, 77, 128, 254, 255])
@pytest.mark.parametrize("shape", SHAPES)
def test_flat_cover_is_all_wet(shape, level):
    cover = np.full(shape, level, np.uint8)
    assert np.isinf(wow.cost(cover)).all() and np.isinf(naive.wow(cover)).all()


def test_cover_of_equal_rows_is_all_wet():
    """Two of the three directions see nothing: rho is a sum of reciprocals, so one flat direction is enough."""
    cover = np.tile(np.random.default_rng(0).integers(0, 256, 23, dtype=np.uint8), (17, 1))
    assert np.isinf(wow.cost(cover)).all() and np.isinf(wow.cost(cover.T)).all()


def test_far_from_the_only_detail_is_wet():
    cover = np.full((43, 43), 128, np.uint8)
    cover[20:23, 20:23] = 255
    rho = wow.cost(cover)
    assert np.isfinite(rho[15:28, 15:28]).all()
    assert np.isinf(rho[:5]).all() and np.isinf(rho[-5:]).all()
    assert_costs(rho, naive.wow(cover))


def test_floor_and_wet_limit():
    assert wow.FLOOR == 2.0**-52 and wow.WET_FROM == 1e10
    padded = spatial.pad(skimage.data.camera()[200:221, 200:219])
    rho = _kernels_wavelet.wavelet_cost(padded, naive.LOW, naive.HIGH, False, wow.FLOOR, math.inf)
    limit = rho[4, 5]
    limited = _kernels_wavelet.wavelet_cost(padded, naive.LOW, naive.HIGH, False, wow.FLOOR, limit)
    assert np.array_equal(limited, np.where(rho >= limit, math.inf, rho))
    assert (_kernels_wavelet.wavelet_cost(padded, naive.LOW, naive.HIGH, False, 2.0**20, math.inf) == 3 / 2.0**20).all()


def test_cost_of_a_photograph_is_pinned():
    """Values of the plain-loop oracle for a crop of scikit-image's camera man."""
    rho = embedders.cost("wow", skimage.data.camera()[200:232, 200:232])
    assert_allclose(rho.sum(), 358.6374818564037, rtol=1e-11)
    assert_allclose([rho.min(), rho.max()], [0.16481624413013746, 0.9247816803237852], rtol=1e-11)
    points = [rho[at] for at in ((0, 0), (0, 31), (31, 0), (13, 17), (31, 31))]
    expected = [0.43665986563891035, 0.3648182000514561, 0.5490209343301251, 0.27418735277627887, 0.9247816803237852]
    assert_allclose(points, expected, rtol=1e-11)


@settings(max_examples=30)
@given(TINY)
def test_transposing_the_cover_transposes_the_cost(cover):
    assert_costs(wow.cost(cover.T), wow.cost(cover).T)


@settings(max_examples=30)
@given(TINY)
def test_inverting_the_cover_keeps_the_cost(cover):
    assert_costs(wow.cost(255 - cover), wow.cost(cover), rtol=1e-6)


@settings(max_examples=30)
@given(TINY)
def test_doubling_the_contrast_halves_the_cost(cover):
    cover //= 2
    rho, halved = wow.cost(cover), wow.cost(2 * cover)
    finite = np.isfinite(rho) & (rho < 1e9)
    assert np.array_equal(halved[finite], rho[finite] / 2)


# ---------------------------------------------------------------------------------------------- outside oracles


@large
def test_reference_costs():
    """Cost maps of the authors' Matlab code; their wet is 1e10."""
    scipy_io = pytest.importorskip("scipy.io")
    maps = sorted((REFERENCE / "wow").glob("*_costmap.mat"))
    if not maps:
        pytest.skip(f"no reference arrays: expected *_costmap.mat in {REFERENCE / 'wow'}")
    for path in maps:
        cover = np.array(Image.open(REFERENCE / "cover" / path.name.replace("_costmap.mat", ".png")))
        theirs = scipy_io.loadmat(path)
        ours = spatial.wet(cover, embedders.cost("wow", cover))
        for rho, name in zip(ours, ("rhoP1", "rhoM1"), strict=True):
            assert_allclose(np.minimum(rho, wow.WET_FROM), theirs[name], rtol=1e-5)


@pytest.mark.parametrize("photograph", ["camera", "coins", "moon"])
def test_conseal_costs(photograph):
    conseal = pytest.importorskip("conseal")
    cover = getattr(skimage.data, photograph)()[60:101, 100:153]
    cover[5, 7], cover[40, 30] = 0, 255
    ours = spatial.wet(cover, embedders.cost("wow", cover))
    for rho, theirs in zip(ours, conseal.wow.compute_cost_adjusted(cover), strict=True):
        assert_costs(rho, theirs)
