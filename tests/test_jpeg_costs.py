"""J-UNIWARD and UERD: the definitions, the authors' cost maps and stegos, conseal."""

from functools import partial

import naive_jpeg
import numpy as np
import pytest
from marks import needs_kernels
from naive_jpeg import TABLE
from scipy.io import loadmat

import embedders
from embedders import EmbedderError, _kernels_juniward, dct, juniward, simulate, uerd
from embedders.wavelet import DB8_HIGH, DB8_LOW

PLANES = naive_jpeg.small_planes()
#: Embedder -> its twin of pixels, plane and table, and the tolerance.
TWINS = {
    "juniward": (lambda pixels, plane: naive_jpeg.juniward_cost(pixels, TABLE, False), 1e-9),
    "juniward-original": (lambda pixels, plane: naive_jpeg.juniward_cost(pixels, TABLE, True), 1e-9),
    "uerd": (lambda pixels, plane: naive_jpeg.uerd_cost(plane, TABLE), 1e-13),
}


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("plane", PLANES)
def test_cost_follows_its_definition(plane, name):
    twin, rtol = TWINS[name]
    expected = twin(dct.decode(PLANES[plane], TABLE), PLANES[plane])
    np.testing.assert_allclose(embedders.cost(name, PLANES[plane], TABLE), expected, rtol=rtol)


@pytest.mark.parametrize("cost", [juniward.cost, juniward.original_cost, uerd.cost])
def test_cost_does_not_change_its_arguments_and_refuses_others(cost):
    plane, table = PLANES["textured 24x40"].copy(), TABLE.copy()
    first = cost(plane, table)
    assert np.array_equal(first, cost(plane, table))
    assert np.array_equal(plane, PLANES["textured 24x40"]) and np.array_equal(table, TABLE)
    with pytest.raises(EmbedderError, match=r"\[12, 16\]"):
        cost(np.zeros((12, 16), np.int16), TABLE)
    table[3, 3] = 0
    with pytest.raises(EmbedderError, match="from 1 to 65535, got 0"):
        cost(np.zeros((8, 8), np.int16), table)


# ---- J-UNIWARD


@pytest.mark.parametrize("length", [1, 3, 8])
def test_mirror_is_symmetric_padding(length):
    expected = np.pad(np.arange(length), 24, mode="symmetric")
    assert [_kernels_juniward.mirror(index - 24, length) for index in range(length + 48)] == expected.tolist()


def test_weights_belong_to_residuals_of_the_mirrored_cover():
    pixels = dct.decode(PLANES["textured 24x40"], TABLE)
    padded = np.pad(pixels.astype(float), 24, mode="symmetric")
    weights = _kernels_juniward.relative_weights(pixels, DB8_LOW, DB8_HIGH, 0.5)
    for k, pair in enumerate(naive_jpeg.PAIRS):
        expected = 1 / (np.abs(naive_jpeg.residual(padded, *pair)) + 0.5)
        np.testing.assert_allclose(weights[k], expected[16:-16, 16:-16], rtol=1e-9)


def test_juniward_keeps_its_values():
    rho = juniward.cost(PLANES["textured 24x40"], TABLE)
    original = juniward.original_cost(PLANES["textured 24x40"], TABLE)
    points, pinned = [0, 11, 23], [11.2899952585, 126.354385977, 804.653405357, 93298.2594783]
    np.testing.assert_allclose([*rho[points, [0, 22, 39]], rho.sum()], pinned, rtol=1e-9)
    np.testing.assert_allclose(original[points, [0, 22, 39]], [10.3631148625, 103.419172939, 745.854957237], rtol=1e-9)


# ---- UERD


def test_a_block_without_energy_around_it_is_wet():
    plane = np.zeros((8, 40), np.int16)
    plane[0, 0], plane[3, 4] = 50, 2
    rho = uerd.cost(plane, TABLE)
    assert np.isfinite(rho[:, :16]).all() and np.isinf(rho[:, 16:]).all()


def test_uerd_by_hand():
    plane = np.zeros((8, 16), np.int16)
    plane[0, 1], plane[1, 8] = 3, -2  # energies 3 x 6 and 2 x 6
    rho = uerd.cost(plane, TABLE)
    # one row of blocks: above and below repeat it, and so does the column beyond the edge
    left = 18 + (5 * 18 + 3 * 12) / 4
    assert rho[0, 0] == pytest.approx(6 / left)
    assert rho[7, 7] == pytest.approx(50 / left)
    assert rho[0, 8 + 2] == pytest.approx(5 / (12 + (5 * 12 + 3 * 18) / 4))


def test_levels_and_steps_at_their_largest():
    rho = uerd.cost(np.full((8, 8), -32768, np.int16), np.full((8, 8), 65535, np.uint16))
    np.testing.assert_allclose(rho, 1 / (63 * 32768 * 3))


# ---- outside oracles


@needs_kernels
@pytest.mark.parametrize("seal", [1, 2])
@pytest.mark.parametrize(("variant", "name"), [("fix_off_by_one", "juniward"), ("original", "juniward-original")])
def test_reference_costs(variant, name, seal):
    expected = loadmat(naive_jpeg.reference("juniward") / f"seal{seal}_costmap_{variant}.mat")["rho"]
    plane, table = naive_jpeg.read_jpeg(naive_jpeg.reference("cover_jpeg_q75") / f"seal{seal}.jpg")
    np.testing.assert_allclose(embedders.cost(name, plane, table), expected, rtol=1e-10)


@needs_kernels
@pytest.mark.parametrize("seal", [1, 2, 3, 4])
@pytest.mark.parametrize(("folder", "cost"), [("juniward", juniward.original_cost), ("uerd", uerd.cost)])
def test_reference_stego(folder, cost, seal):
    """The published stegos of J-UNIWARD follow the original variant."""
    stego = naive_jpeg.read_jpeg(naive_jpeg.reference(folder) / f"seal{seal}_alpha_0.4_seed_{seal}.jpg")[0]
    plane, table = naive_jpeg.read_jpeg(naive_jpeg.reference("cover_jpeg_q75") / f"seal{seal}.jpg")
    naive_jpeg.compare_stego(simulate, plane, cost(plane, table), stego, seal)


@needs_kernels
@pytest.mark.parametrize("quality", [75, 90, 95])
@pytest.mark.parametrize("photograph", ["camera.png", "astronaut.png", "chelsea.png", "moon.png"])
def test_conseal_agrees(photograph, quality, tmp_path):
    conseal = pytest.importorskip("conseal")
    plane, table = naive_jpeg.photograph(photograph, quality, tmp_path)
    pixels, blocks, inside = dct.decode(plane, table), naive_jpeg.blocks(plane), np.abs(plane) < 1023
    of_juniward = partial(conseal.juniward.compute_cost_adjusted, pixels, blocks, table)
    for cost, (theirs, _), rtol in (
        (juniward.cost, of_juniward(implementation=conseal.juniward.JUNIWARD_FIX_OFF_BY_ONE), 1e-9),
        (juniward.original_cost, of_juniward(implementation=conseal.juniward.JUNIWARD_ORIGINAL), 1e-9),
        (uerd.cost, conseal.uerd.compute_cost_adjusted(blocks, table), 1e-12),
    ):
        ours, theirs = cost(plane, table), theirs.transpose(0, 2, 1, 3).reshape(plane.shape)
        assert np.array_equal(np.isinf(ours[inside]), theirs[inside] >= 1e13)
        usable = inside & np.isfinite(ours)
        np.testing.assert_allclose(ours[usable], theirs[usable], rtol=rtol)
