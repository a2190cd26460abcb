"""`embedders.suniward`, `embedders.wavelet` and the filter kernels that S-UNIWARD and WOW share."""

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
from embedders import _kernels_wavelet, spatial, suniward
from embedders.wavelet import DB8_HIGH, DB8_LOW

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "reference"
COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"
large = pytest.mark.skipif(not COMPILED, reason="NUMBA_DISABLE_JIT: whole photographs would take minutes")

SHAPES = [(1, 1), (1, 9), (5, 40), (17, 23)]
COVERS = {
    "constant": lambda rng, shape: np.full(shape, 77, np.uint8),
    "black": lambda rng, shape: np.zeros(shape, np.uint8),
    "white": lambda rng, shape: np.full(shape, 255, np.uint8),
    "saturated": lambda rng, shape: rng.choice(np.array([0, 255], np.uint8), shape),
    "half": lambda rng, shape: (
        np.where(np.arange(shape[1]) < shape[1] // 2, 0, 255).astype(np.uint8) + np.zeros(shape, np.uint8)
    ),
    "random": lambda rng, shape: rng.integers(0, 256, shape, dtype=np.uint8),
}
TINY = arrays(np.uint8, st.tuples(st.integers(1, 10), st.integers(1, 10)))
FLAT_COST = 13.836262317302394


# ---------------------------------------------------------------------------------------------- filters


def test_filters_are_those_of_the_oracle():
    assert np.array_equal(DB8_HIGH, naive.HIGH)
    assert np.array_equal(DB8_LOW, naive.LOW)


def test_filters_are_daubechies_8():
    """Orthonormal to its even shifts, blind to degrees below 8, all other roots inside the unit circle: only db8 is."""
    for shift in range(8):
        for one, other, expected in ((DB8_LOW, DB8_LOW, 1), (DB8_HIGH, DB8_HIGH, 1), (DB8_LOW, DB8_HIGH, 0)):
            product = one[2 * shift :] @ other[: 16 - 2 * shift]
            assert product == pytest.approx(expected if shift == 0 else 0, abs=1e-9)
    moments = [DB8_HIGH @ (np.arange(16) / 15) ** degree for degree in range(9)]
    assert np.abs(moments[:8]).max() < 1e-9 < abs(moments[8])
    roots = np.roots(DB8_HIGH)
    assert np.count_nonzero(np.abs(roots) < 0.6) == 7
    assert np.count_nonzero(np.abs(roots - 1) < 0.1) == 8


def test_correlations():
    rng = np.random.default_rng(3)
    taps, line, found = rng.standard_normal(16), rng.standard_normal(31), np.empty(16)
    _kernels_wavelet.correlate_line(line, taps, found)
    assert_allclose(found, np.correlate(line, taps, "valid"), rtol=1e-12)
    ring, found = rng.standard_normal((16, 7)), np.empty(7)
    for first in (0, 5, 21):
        _kernels_wavelet.correlate_ring(ring, first, taps, found)
        assert_allclose(found, taps @ np.roll(ring, -first, axis=0), rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------------------------------------- costs


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", COVERS)
def test_cost_follows_its_definition(kind, shape):
    cover = COVERS[kind](np.random.default_rng(0), shape)
    rho = suniward.cost(cover)
    assert rho.shape == shape and rho.dtype == np.float64
    assert_allclose(rho, naive.suniward(cover), rtol=1e-11)


@pytest.mark.parametrize("sigma", [2.0**-6, 10.0])
def test_kernel_takes_sigma(sigma):
    cover = COVERS["random"](np.random.default_rng(2), (9, 14))
    rho = _kernels_wavelet.wavelet_cost(spatial.pad(cover), DB8_LOW, DB8_HIGH, True, sigma, np.inf)
    assert_allclose(rho, naive.suniward(cover, sigma), rtol=1e-10)


def test_cost_of_a_photograph_is_pinned():
    """Values of the plain-loop oracle for a crop of scikit-image's camera man."""
    rho = embedders.cost("suniward", skimage.data.camera()[200:232, 200:232])
    assert_allclose(rho.sum(), 6003.107466693737, rtol=1e-11)
    assert_allclose([rho.min(), rho.max()], [3.759343911724086, 8.648521628928748], rtol=1e-11)
    points = [rho[at] for at in ((0, 0), (0, 31), (31, 0), (13, 17), (31, 31))]
    expected = [6.599166543142201, 6.091036857284509, 7.013019316496026, 4.859529989201076, 8.648521628928748]
    assert_allclose(points, expected, rtol=1e-11)


@settings(max_examples=30)
@given(TINY)
def test_transposing_the_cover_transposes_the_cost(cover):
    assert_allclose(suniward.cost(cover.T), suniward.cost(cover).T, rtol=1e-11)


@settings(max_examples=30)
@given(TINY)
def test_inverting_the_cover_keeps_the_cost(cover):
    assert_allclose(suniward.cost(255 - cover), suniward.cost(cover), rtol=1e-7)


@settings(max_examples=30)
@given(TINY)
def test_cost_is_positive_and_highest_where_flat(cover):
    rho = suniward.cost(cover)
    assert (rho > 0).all() and (rho <= FLAT_COST * (1 + 1e-12)).all()


def test_cost_reaches_fifteen_pixels():
    cover = skimage.data.camera()[100:136, 80:116]
    changed = cover.copy()
    changed[18, 18] ^= 255
    moved = np.argwhere(suniward.cost(changed) != suniward.cost(cover))
    assert moved.min() == 3 and moved.max() == 33


# ---------------------------------------------------------------------------------------------- outside oracles


@large
def test_reference_costs():
    """Cost maps of the authors' Matlab code."""
    scipy_io = pytest.importorskip("scipy.io")
    maps = sorted((REFERENCE / "suniward").glob("*_costmap.mat"))
    if not maps:
        pytest.skip(f"no reference arrays: expected *_costmap.mat in {REFERENCE / 'suniward'}")
    for path in maps:
        cover = np.array(Image.open(REFERENCE / "cover" / path.name.replace("_costmap.mat", ".png")))
        assert_allclose(embedders.cost("suniward", cover), scipy_io.loadmat(path)["rho"], rtol=1e-7)


@pytest.mark.parametrize("photograph", ["camera", "coins", "moon"])
def test_conseal_costs(photograph):
    conseal = pytest.importorskip("conseal")
    cover = getattr(skimage.data, photograph)()[60:101, 100:153]
    cover[5, 7], cover[40, 30] = 0, 255
    ours = spatial.wet(cover, embedders.cost("suniward", cover))
    for rho, theirs in zip(ours, conseal.suniward.compute_cost_adjusted(cover), strict=True):
        assert_allclose(np.minimum(rho, 1e8), theirs, rtol=1e-11)
