"""J-UNIWARD: the definition, the authors' cost maps and stegos, conseal."""

import naive_jpeg
import numpy as np
import pytest
from numba import config

from embedders import _kernels_juniward, dct, juniward, simulate
from embedders.interface import EmbedderError
from embedders.wavelet import DB8_HIGH, DB8_LOW

PLANES = naive_jpeg.small_planes()
compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="large covers without compilation take minutes")


@pytest.mark.parametrize("off_by_one", [False, True])
@pytest.mark.parametrize("name", PLANES)
def test_matches_naive(name, off_by_one):
    cost = juniward.original_cost if off_by_one else juniward.cost
    pixels = dct.decode(PLANES[name], naive_jpeg.TABLE)
    expected = naive_jpeg.juniward_cost(pixels, naive_jpeg.TABLE, off_by_one)
    np.testing.assert_allclose(cost(PLANES[name], naive_jpeg.TABLE), expected, rtol=1e-9)


@pytest.mark.parametrize("length", [1, 3, 8])
def test_mirror_is_symmetric_padding(length):
    expected = np.pad(np.arange(length), 24, mode="symmetric")
    assert [_kernels_juniward.mirror(index - 24, length) for index in range(length + 48)] == expected.tolist()


def test_weights_belong_to_residuals_of_the_mirrored_cover():
    pixels = dct.decode(PLANES["textured 24x40"], naive_jpeg.TABLE)
    padded = np.pad(pixels.astype(float), 24, mode="symmetric")
    weights = _kernels_juniward.relative_weights(pixels, DB8_LOW, DB8_HIGH, 0.5)
    for k, pair in enumerate(naive_jpeg.PAIRS):
        expected = 1 / (np.abs(naive_jpeg.residual(padded, *pair)) + 0.5)
        np.testing.assert_allclose(weights[k], expected[16:-16, 16:-16], rtol=1e-9)


def test_cost_does_not_change_its_arguments():
    plane, table = PLANES["textured 24x40"].copy(), naive_jpeg.TABLE.copy()
    first = juniward.cost(plane, table)
    assert np.array_equal(first, juniward.cost(plane, table))
    assert np.array_equal(plane, PLANES["textured 24x40"]) and np.array_equal(table, naive_jpeg.TABLE)


def test_keeps_its_values():
    rho = juniward.cost(PLANES["textured 24x40"], naive_jpeg.TABLE)
    original = juniward.original_cost(PLANES["textured 24x40"], naive_jpeg.TABLE)
    np.testing.assert_allclose(
        [rho[0, 0], rho[11, 22], rho[23, 39], rho.sum()],
        [11.2899952585, 126.354385977, 804.653405357, 93298.2594783],
        rtol=1e-9,
    )
    np.testing.assert_allclose(
        original[[0, 11, 23], [0, 22, 39]], [10.3631148625, 103.419172939, 745.854957237], rtol=1e-9
    )


def test_refuses_a_broken_block():
    with pytest.raises(EmbedderError, match=r"\[12, 16\]"):
        juniward.cost(np.zeros((12, 16), np.int16), naive_jpeg.TABLE)


@compiled
@pytest.mark.parametrize("seal", [1, 2])
@pytest.mark.parametrize(
    ("variant", "cost"),
    [("fix_off_by_one", juniward.cost), ("original", juniward.original_cost)],
    ids=["fixed", "original"],
)
def test_reference_costs(variant, cost, seal):
    loadmat = pytest.importorskip("scipy.io").loadmat
    expected = loadmat(naive_jpeg.reference("juniward") / f"seal{seal}_costmap_{variant}.mat")["rho"]
    plane, table = naive_jpeg.read_jpeg(naive_jpeg.reference("cover_jpeg_q75") / f"seal{seal}.jpg")
    np.testing.assert_allclose(cost(plane, table), expected, rtol=1e-10)


@compiled
@pytest.mark.parametrize("seal", [1, 2, 3, 4])
def test_reference_stego(seal):
    """The published stegos follow the original variant."""
    stego = naive_jpeg.read_jpeg(naive_jpeg.reference("juniward") / f"seal{seal}_alpha_0.4_seed_{seal}.jpg")[0]
    plane, table = naive_jpeg.read_jpeg(naive_jpeg.reference("cover_jpeg_q75") / f"seal{seal}.jpg")
    naive_jpeg.compare_stego(simulate, plane, juniward.original_cost(plane, table), stego, seal)


@compiled
@pytest.mark.parametrize("quality", [75, 90, 95])
@pytest.mark.parametrize("photograph", ["camera.png", "astronaut.png", "chelsea.png"])
def test_conseal_agrees(photograph, quality, tmp_path):
    conseal = pytest.importorskip("conseal")
    plane, table = naive_jpeg.photograph(photograph, quality, tmp_path)
    pixels = dct.decode(plane, table)
    for cost, variant in ((juniward.cost, "JUNIWARD_FIX_OFF_BY_ONE"), (juniward.original_cost, "JUNIWARD_ORIGINAL")):
        theirs, _ = conseal.juniward.compute_cost_adjusted(
            pixels, naive_jpeg.blocks(plane), table, implementation=getattr(conseal, variant)
        )
        usable = np.abs(plane) < 1023
        theirs = theirs.transpose(0, 2, 1, 3).reshape(plane.shape)
        np.testing.assert_allclose(cost(plane, table)[usable], theirs[usable], rtol=1e-9)
