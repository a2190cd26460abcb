"""J-MiPOD: the definition, the authors' Fisher information and change probabilities."""

import math

import naive_jpeg
import numpy as np
import pytest
from marks import needs_kernels
from numba import config

from embedders import _kernels_gaussian, _kernels_jmipod, gaussian, jmipod
from embedders.interface import EmbedderError

PLANES = naive_jpeg.small_planes()
REFERENCES = {
    "00_astronaut_q75_256": "jmipod/00_astronaut_q75_256.jpg",
    "00_astronaut_q95_256": "jmipod/00_astronaut_q95_256.jpg",
    "06_china_q90_256": "jmipod/06_china_q90_256.jpg",
    "seal1_q75_512": "cover_jpeg_q75/seal1.jpg",
    "seal2_q75_512": "cover_jpeg_q75/seal2.jpg",
}


@pytest.mark.parametrize("name", PLANES)
def test_fisher_information_matches_naive(name):
    ours = jmipod.fisher_information(PLANES[name], naive_jpeg.TABLE)
    naive = naive_jpeg.fisher_information(PLANES[name], naive_jpeg.TABLE)
    np.testing.assert_allclose(ours, naive, rtol=1e-9)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (7, 3), (9, 16)])
def test_variance_kernels_match_naive(shape):
    pixels = np.random.default_rng(5).normal(100, 30, shape)
    residual = _kernels_jmipod.wiener_residual(pixels)
    np.testing.assert_allclose(residual, naive_jpeg.wiener_residual(pixels), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(
        _kernels_jmipod.pixel_variances(residual), naive_jpeg.pixel_variances(residual), rtol=1e-9, atol=1e-12
    )


def test_black_pixels_have_the_least_variance():
    table = np.full((8, 8), 8, np.uint16)
    plane = np.zeros((16, 16), np.int16)
    plane[::8, ::8] = -128  # 8 x 8 x 16 grey levels below the middle: exactly 0
    fisher = jmipod.fisher_information(plane, table)
    np.testing.assert_allclose(fisher, 20 / 1e-5**2)


def fishers():
    rng = np.random.default_rng(2)
    return {
        "equal": np.full((3, 5), 7.0),
        "narrow": np.exp(rng.normal(0, 1, (8, 9))),
        "wide": np.exp(rng.normal(0, 12, (8, 9))),
        "one": np.array([[1e9]]),
        "partly wet": np.where(rng.random((8, 9)) < 0.4, np.inf, np.exp(rng.normal(3, 2, (8, 9)))),
    }


@pytest.mark.parametrize("share", [1e-7, 1e-3, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", fishers())
def test_change_probabilities_solve_both_equations(name, share):
    fisher = fishers()[name]
    message = share * np.isfinite(fisher).sum() * math.log(3)
    beta, _, _, lam = gaussian.solve(fisher, message)
    assert naive_jpeg.entropy(beta) == pytest.approx(message, rel=1e-7)
    assert np.array_equal(beta == 0, np.isinf(fisher))
    fisher, beta = fisher[beta > 0], beta[beta > 0]
    left, right = lam * fisher * beta, np.log1p(-2 * beta) - np.log(beta)
    np.testing.assert_allclose(left, right, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", fishers())
def test_change_probabilities_match_bisection(name):
    fisher = fishers()[name]
    message = 0.3 * np.isfinite(fisher).sum()
    beta, _, _, lam = gaussian.solve(fisher, message)
    usable = np.isfinite(fisher)
    expected, expected_lam = naive_jpeg.change_probabilities(fisher[usable], message)
    assert lam == pytest.approx(expected_lam, rel=1e-7)
    np.testing.assert_allclose(beta[usable], expected, rtol=1e-7, atol=1e-12)


def test_interpolated_entropy_and_slope():
    log_fisher = np.linspace(-30, 60, 700 if config.DISABLE_JIT else 5000)
    knots = gaussian.knots()[0]
    for log_lam in (-7.0, 0.0, 3.3):
        carried, slope = _kernels_gaussian.interpolated_entropy(
            log_fisher, log_lam, knots, gaussian.FIRST, gaussian.STEP
        )
        exact = naive_jpeg.entropy(naive_jpeg.probabilities(np.exp(log_fisher), math.exp(log_lam)))
        assert carried == pytest.approx(exact, rel=1e-9)
        ends = [
            _kernels_gaussian.interpolated_entropy(log_fisher, log_lam + d, knots, gaussian.FIRST, gaussian.STEP)[0]
            for d in (-1e-5, 1e-5)
        ]
        assert slope == pytest.approx((ends[1] - ends[0]) / 2e-5, rel=1e-5)


@pytest.mark.parametrize(
    ("fisher", "message", "words"),
    [
        (np.ones((2, 2)), 4 * math.log(3), "capacity of 4.4 nats, got 4.39"),
        (np.ones((2, 2)), 0, "got 0"),
        (np.ones((2, 2)), -1.0, "got -1.0"),
        (np.ones((2, 2)), math.nan, "got nan"),
        (np.ones((2, 2)), math.inf, "got inf"),
        (np.full((2, 2), np.inf), 1.0, "capacity of 0.0 nats"),
        (np.array([[1.0, 0.0]]), 1.0, "got 1 others of 2"),
        (np.array([[1.0, np.nan]]), 1.0, "got 1 others of 2"),
    ],
)
def test_refuses(fisher, message, words):
    with pytest.raises(EmbedderError, match=words):
        gaussian.solve(fisher, message)


def test_keeps_its_values():
    fisher = jmipod.fisher_information(PLANES["textured 24x40"], naive_jpeg.TABLE)
    beta, _, _, lam = gaussian.solve(fisher, 100)
    np.testing.assert_allclose(
        fisher[[0, 11, 23], [0, 22, 39]], [0.122690058325, 46.9297715277, 127.531338805], rtol=1e-9
    )
    np.testing.assert_allclose(
        [*beta[[0, 11, 23], [0, 22, 39]], lam],
        [0.0269337194489, 0.000171540035193, 6.96844015441e-05, 1077.0174291],
        rtol=1e-7,
    )


@needs_kernels
@pytest.mark.parametrize("name", REFERENCES)
def test_reference_arrays(name):
    loadmat = pytest.importorskip("scipy.io").loadmat
    arrays = loadmat(naive_jpeg.reference("jmipod") / f"{name}.mat")
    folder, file = REFERENCES[name].split("/")
    plane, table = naive_jpeg.read_jpeg(naive_jpeg.reference(folder) / file)
    fisher = jmipod.fisher_information(plane, table)
    np.testing.assert_allclose(fisher, arrays["FI"], rtol=1e-10)

    nonzero_ac = np.count_nonzero(plane) - np.count_nonzero(plane[::8, ::8])
    message = round(0.4 * nonzero_ac * math.log(2))
    assert message == arrays["mlen"].item()
    beta = gaussian.solve(fisher, message).p_p1
    # The reference steps through a table of 0.05 in lambda I: near the capacity its 2 beta is off by up to 2.8e-3.
    difference = np.abs(beta - arrays["pChange"] / 2)
    assert difference.max() < 1.5e-3
    assert difference.mean() < 5e-5
