"""Plain-loop twins of the JPEG-domain kernels, written from the definitions; and the planes they are compared on."""

import math
import warnings
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from embedders.wavelet import DB8_HIGH, DB8_LOW

SHARED = Path(__file__).resolve().parents[2] / "shared"
TABLE = np.array(  # luminance at quality 75 (ITU-T T.81, annex K, halved)
    [
        [8, 6, 5, 8, 12, 20, 26, 31],
        [6, 6, 7, 10, 13, 29, 30, 28],
        [7, 7, 8, 12, 20, 29, 35, 28],
        [7, 9, 11, 15, 26, 44, 40, 31],
        [9, 11, 19, 28, 34, 55, 52, 39],
        [12, 18, 28, 32, 41, 52, 57, 46],
        [25, 32, 39, 44, 52, 61, 60, 51],
        [36, 46, 48, 49, 56, 50, 52, 50],
    ],
    np.uint16,
)


def reference(folder):
    """Path of the authors' arrays, or a skip that says where they are missing."""
    path = SHARED / "reference" / folder
    if not path.is_dir():
        pytest.skip(f"the reference arrays are not there: {path}")
    return path


def read_jpeg(path):
    jpegio = pytest.importorskip("jpegio")
    jpeg = jpegio.read(str(path))
    return jpeg.coef_arrays[0], jpeg.quant_tables[0]


def write_jpeg(path, coefficients, table):
    """A grey JPEG of these coefficients, read again and compared."""
    from PIL import Image

    jpegio = pytest.importorskip("jpegio")
    Image.new("L", coefficients.shape[::-1]).save(path, quality=50)
    jpeg = jpegio.read(str(path))
    jpeg.coef_arrays[0][:] = coefficients
    jpeg.quant_tables[0][:] = table
    jpeg.optimize_coding = 1
    jpegio.write(jpeg, str(path))
    found, found_table = read_jpeg(path)
    assert np.array_equal(found, coefficients) and np.array_equal(found_table, table)


def small_planes():
    """Name -> coefficients, of odd numbers of blocks: textured, empty, flat, alternating, saturated."""
    rng = np.random.default_rng(7)
    textured = np.round(rng.laplace(0, 2, (24, 40)) / (1 + np.indices((24, 40)).sum(0) % 8)).astype(np.int16)
    textured[::8, ::8] = rng.integers(-60, 60, (3, 5))
    flat = np.zeros((8, 24), np.int32)
    flat[::8, ::8] = 17
    saturated = np.zeros((16, 16), np.int16)
    saturated[::8, ::8] = [[1023, -1023], [-1023, 1023]]
    saturated[3::8, 5::8] = -1023
    return {
        "textured 24x40": textured,
        "textured 8x16": textured[8:16, 16:32],
        "one block": textured[:8, :8],
        "empty": np.zeros((16, 8), np.int16),
        "flat": flat,
        "half empty": np.concatenate([np.zeros((8, 40), np.int16), textured[:8]]),
        "saturated": saturated,
    }


# ---------------------------------------------------------------- inverse DCT


def basis(k, n):
    return math.sqrt((2 if k else 1) / 8) * math.cos(math.pi * k * (2 * n + 1) / 16)


def islow_matrix():
    """The integer inverse DCT as one matrix: everything before the rounding shift is a sum of integer multiples."""
    columns = [  # multiples of each frequency in the first four samples; the other four mirror them
        [8192, 8192, 8192, 8192],
        [11363, 9633, 6437, 2260],
        [10703, 4433, -4433, -10703],
        [9633, -2259, -11362, -6436],
        [8192, -8192, -8192, 8192],
        [6437, -11362, 2261, 9633],
        [4433, -10704, 10704, -4433],
        [2260, -6436, 9633, -11363],
    ]
    matrix = np.zeros((8, 8), np.int64)
    for k in range(8):
        for n in range(4):
            matrix[n, k] = columns[k][n]
            matrix[7 - n, k] = columns[k][n] * (-1) ** k
    return matrix


def decode(coefficients, table):
    """Integer inverse DCT for levels in the range of photographs: two matrix products, each rounded."""
    matrix = islow_matrix()
    pixels = np.zeros(coefficients.shape, np.uint8)
    for y in range(0, coefficients.shape[0], 8):
        for x in range(0, coefficients.shape[1], 8):
            levels = coefficients[y : y + 8, x : x + 8].astype(np.int64) * table
            half = (matrix @ levels + 1024) >> 11
            block = (half @ matrix.T + 131072) >> 18
            pixels[y : y + 8, x : x + 8] = np.clip(block + 128, 0, 255)
    return pixels


def decode_float(coefficients, table):
    pixels = np.zeros(coefficients.shape)
    for y, x in np.ndindex(coefficients.shape):
        top, left = y - y % 8, x - x % 8
        for k in range(8):
            for m in range(8):
                level = float(coefficients[top + k, left + m]) * float(table[k, m])
                pixels[y, x] += level * basis(k, y % 8) * basis(m, x % 8)
    return pixels + 128


# ---------------------------------------------------------------- J-UNIWARD

PAIRS = ((DB8_LOW, DB8_HIGH), (DB8_HIGH, DB8_LOW), (DB8_HIGH, DB8_HIGH))


def residual(plane, vertical, horizontal):
    """Two-dimensional correlation, the kernel's middle its eighth tap, zero beyond the edge."""
    padded = np.pad(plane, ((7, 8), (7, 8)))
    kernel = np.outer(vertical, horizontal)
    out = np.zeros(plane.shape)
    for y, x in np.ndindex(plane.shape):
        out[y, x] = np.sum(kernel * padded[y : y + 16, x : x + 16])
    return out


@lru_cache
def responses():
    """[3, 64] planes [40, 40]: how every DCT pattern, its block at (16, 16), changes each residual."""
    planes = np.zeros((3, 64, 40, 40))
    for mode in range(64):
        pattern = np.zeros((40, 40))
        for y, x in np.ndindex(8, 8):
            pattern[16 + y, 16 + x] = basis(mode // 8, y) * basis(mode % 8, x)
        for k, pair in enumerate(PAIRS):
            planes[k, mode] = residual(pattern, *pair)
    return planes


def juniward_cost(pixels, table, off_by_one=False):
    """Relative change of every residual that a change of one coefficient reaches, from the definition."""
    shift = 1 if off_by_one else 0
    padded = np.pad(pixels.astype(float), 24, mode="symmetric")
    around = [np.abs(residual(padded, *pair)) + 2.0**-6 for pair in PAIRS]
    rho = np.zeros(pixels.shape)
    for y, x in np.ndindex(pixels.shape):
        top, left = 8 + y - y % 8, 8 + x - x % 8
        for k in range(3):
            change = np.abs(responses()[k, 8 * (y % 8) + x % 8][:39, :39]) * float(table[y % 8, x % 8])
            rho[y, x] += np.sum(change / around[k][top + shift : top + shift + 39, left + shift : left + shift + 39])
    return rho


# ---------------------------------------------------------------- UERD


def uerd_cost(coefficients, table):
    rows, columns = coefficients.shape[0] // 8, coefficients.shape[1] // 8
    energy = {}
    for a, b in np.ndindex(rows, columns):
        energy[a, b] = sum(
            abs(int(coefficients[8 * a + i, 8 * b + j])) * int(table[i, j])
            for i, j in np.ndindex(8, 8)
            if (i, j) != (0, 0)
        )
    rho = np.zeros(coefficients.shape)
    for y, x in np.ndindex(coefficients.shape):
        divisor = 0.0
        for da, db in np.ndindex(3, 3):
            a, b = min(max(y // 8 + da - 1, 0), rows - 1), min(max(x // 8 + db - 1, 0), columns - 1)
            divisor += energy[a, b] * (1.0 if (da, db) == (1, 1) else 0.25)
        step = float(table[y % 8, x % 8])
        if (y % 8, x % 8) == (0, 0):
            step = (float(table[0, 1]) + float(table[1, 0])) / 2
        rho[y, x] = step / divisor if divisor else math.inf
    return rho


# ---------------------------------------------------------------- J-MiPOD


def wiener_residual(pixels):
    padded = np.pad(pixels, ((0, 1), (0, 1)))
    means, variances = np.zeros(pixels.shape), np.zeros(pixels.shape)
    for y, x in np.ndindex(pixels.shape):
        window = padded[y : y + 2, x : x + 2]
        means[y, x], variances[y, x] = window.mean(), window.var()
    noise = variances.mean()
    gain = np.maximum(variances - noise, 0) / np.maximum(np.maximum(variances, noise), 1e-300)
    return pixels - (means + gain * (pixels - means))


def pixel_variances(rest):
    vectors = [[math.cos(math.pi * k * (2 * n + 1) / 6) for n in range(3)] for k in range(3)]
    trend = np.array([np.outer(vectors[a], vectors[b]).ravel() for a in range(3) for b in range(3) if a + b < 3]).T
    projection = np.eye(9) - trend @ np.linalg.inv(trend.T @ trend) @ trend.T
    padded = np.pad(rest, 1, mode="symmetric")
    out = np.zeros(rest.shape)
    for y, x in np.ndindex(rest.shape):
        out[y, x] = np.sum((projection @ padded[y : y + 3, x : x + 3].ravel()) ** 2) / 3
    return out


def fisher_information(coefficients, table):
    variances = pixel_variances(wiener_residual(decode_float(coefficients, table)))
    height, width = coefficients.shape
    single = np.zeros((height, width))
    for y, x in np.ndindex(height, width):
        top, left, variance = y - y % 8, x - x % 8, 0.0
        for i, j in np.ndindex(8, 8):
            variance += (basis(y % 8, i) * basis(x % 8, j)) ** 2 * variances[top + i, left + j]
        single[y, x] = 1 / max(variance / float(table[y % 8, x % 8]) ** 2, 1e-5) ** 2
    pooled = np.zeros((height, width))
    for y, x in np.ndindex(height, width):
        for da, db in np.ndindex(3, 3):
            a, b = min(max(y // 8 + da - 1, 0), height // 8 - 1), min(max(x // 8 + db - 1, 0), width // 8 - 1)
            pooled[y, x] += ((1, 3, 1), (3, 4, 3), (1, 3, 1))[da][db] * single[8 * a + y % 8, 8 * b + x % 8]
    return pooled


def entropy(beta):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.sum(np.where(beta > 0, -2 * beta * np.log(beta) - (1 - 2 * beta) * np.log1p(-2 * beta), 0))


def probabilities(fisher, lam):
    """Bisection of lambda I beta = ln((1 - 2 beta) / beta) on ln beta."""
    low, high = np.full(fisher.shape, -700.0), np.full(fisher.shape, -math.log(3))
    for _ in range(100):
        middle = (low + high) / 2
        beta = np.exp(middle)
        above = lam * fisher * beta > np.log1p(-2 * beta) - middle
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.exp((low + high) / 2)


def change_probabilities(fisher, message_nats):
    """Bisection of the entropy on ln lambda."""
    low, high = -60.0, 60.0
    for _ in range(100):
        middle = (low + high) / 2
        carried = entropy(probabilities(fisher, math.exp(middle)))
        low, high = (middle, high) if carried > message_nats else (low, middle)
    return probabilities(fisher, math.exp(low)), math.exp(low)


# ---------------------------------------------------------------- stegos and covers to compare on


def compare_stego(simulate, cover, rho, stego, seed):
    """The stego of MT19937(seed) at 0.4 bpnzAC, but for a few draws next to a threshold."""
    rho_p1 = np.where(cover >= 1023, np.inf, rho)
    rho_m1 = np.where(cover <= -1023, np.inf, rho)
    message_bits = round(0.4 * (np.count_nonzero(cover) - np.count_nonzero(cover[::8, ::8])))
    lam = simulate.find_lambda(rho_p1, rho_m1, message_bits)
    p_p1, p_m1 = simulate.change_probabilities(rho_p1, rho_m1, lam)
    uniform = np.random.RandomState(seed).random_sample(cover.shape)  # the seeding of Matlab and C, not NumPy's own
    ours = cover + simulate.draw_changes(p_p1, p_m1, uniform)
    other = ours != stego
    distance = np.minimum(np.abs(uniform - p_p1), np.abs(uniform - p_p1 - p_m1))
    assert np.all(distance[other] < 2e-4)
    assert np.count_nonzero(other) <= 10


def photograph(name, quality, folder):
    """A photograph that comes with scikit-image, cut to 256x256 and compressed by Pillow."""
    from PIL import Image

    data = Path(pytest.importorskip("skimage").__file__).parent / "data"
    path = Path(folder) / "cover.jpg"
    Image.open(data / name).convert("L").crop((0, 0, 256, 256)).save(path, quality=quality)
    return read_jpeg(path)


def blocks(plane):
    """[height, width] -> [rows, columns, 8, 8]."""
    return plane.reshape(plane.shape[0] // 8, 8, plane.shape[1] // 8, 8).transpose(0, 2, 1, 3)
