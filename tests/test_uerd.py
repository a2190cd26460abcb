"""UERD: the definition, the reference stegos, conseal."""

import naive_jpeg
import numpy as np
import pytest
from numba import config

from embedders import simulate, uerd
from embedders.interface import EmbedderError

PLANES = naive_jpeg.small_planes()
compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="large covers without compilation take minutes")


@pytest.mark.parametrize("name", PLANES)
def test_matches_naive(name):
    rho = uerd.cost(PLANES[name], naive_jpeg.TABLE)
    np.testing.assert_allclose(rho, naive_jpeg.uerd_cost(PLANES[name], naive_jpeg.TABLE), rtol=1e-13)


def test_a_block_without_energy_around_it_is_wet():
    plane = np.zeros((8, 40), np.int16)
    plane[0, 0], plane[3, 4] = 50, 2
    rho = uerd.cost(plane, naive_jpeg.TABLE)
    assert np.isfinite(rho[:, :16]).all() and np.isinf(rho[:, 16:]).all()


def test_by_hand():
    plane = np.zeros((8, 16), np.int16)
    plane[0, 1], plane[1, 8] = 3, -2  # energies 3 x 6 and 2 x 6
    rho = uerd.cost(plane, naive_jpeg.TABLE)
    # one row of blocks: above and below repeat it, and so does the column beyond the edge
    left = 18 + (5 * 18 + 3 * 12) / 4
    assert rho[0, 0] == pytest.approx(6 / left)
    assert rho[7, 7] == pytest.approx(50 / left)
    assert rho[0, 8 + 2] == pytest.approx(5 / (12 + (5 * 12 + 3 * 18) / 4))


def test_levels_and_steps_at_their_largest():
    rho = uerd.cost(np.full((8, 8), -32768, np.int16), np.full((8, 8), 65535, np.uint16))
    np.testing.assert_allclose(rho, 1 / (63 * 32768 * 3))


def test_refuses_a_table_with_a_zero():
    table = naive_jpeg.TABLE.copy()
    table[3, 3] = 0
    with pytest.raises(EmbedderError, match="from 1 to 65535, got 0"):
        uerd.cost(np.zeros((8, 8), np.int16), table)


@compiled
@pytest.mark.parametrize("seal", [1, 2, 3, 4])
def test_reference_stego(seal):
    stego = naive_jpeg.read_jpeg(naive_jpeg.reference("uerd") / f"seal{seal}_alpha_0.4_seed_{seal}.jpg")[0]
    plane, table = naive_jpeg.read_jpeg(naive_jpeg.reference("cover_jpeg_q75") / f"seal{seal}.jpg")
    naive_jpeg.compare_stego(simulate, plane, uerd.cost(plane, table), stego, seal)


@compiled
@pytest.mark.parametrize("quality", [75, 90, 95])
@pytest.mark.parametrize("photograph", ["camera.png", "astronaut.png", "moon.png"])
def test_conseal_agrees(photograph, quality, tmp_path):
    conseal = pytest.importorskip("conseal")
    plane, table = naive_jpeg.photograph(photograph, quality, tmp_path)
    theirs, _ = conseal.uerd.compute_cost_adjusted(naive_jpeg.blocks(plane), table)
    theirs = theirs.transpose(0, 2, 1, 3).reshape(plane.shape)
    usable = np.abs(plane) < 1023
    ours = uerd.cost(plane, table)
    assert np.array_equal(np.isinf(ours[usable]), theirs[usable] >= 1e13)
    usable &= np.isfinite(ours)
    np.testing.assert_allclose(ours[usable], theirs[usable], rtol=1e-12)
