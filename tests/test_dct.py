"""Decompression: libjpeg's pixels bit for bit, exact pixels, and what is refused."""

import hashlib
import platform

import naive_jpeg
import numpy as np
import pytest
from numba import config
from PIL import Image

from embedders import _kernels_dct, dct
from embedders.interface import EmbedderError

PLANES = naive_jpeg.small_planes()
SIZE = 16 if config.DISABLE_JIT else 96


@pytest.mark.parametrize("name", [name for name in PLANES if name != "saturated"])  # the twin has no 16-bit registers
def test_decode_matches_naive(name):
    assert np.array_equal(dct.decode(PLANES[name], naive_jpeg.TABLE), naive_jpeg.decode(PLANES[name], naive_jpeg.TABLE))


@pytest.mark.parametrize("name", PLANES)
def test_decode_float_matches_naive(name):
    ours = dct.decode_float(PLANES[name], naive_jpeg.TABLE)
    naive = naive_jpeg.decode_float(PLANES[name], naive_jpeg.TABLE)
    np.testing.assert_allclose(ours, naive, rtol=0, atol=1e-10)


def test_transform_blocks_multiplies_every_block():
    rng = np.random.default_rng(3)
    plane, columns, rows = rng.normal(size=(16, 24)), rng.normal(size=(8, 8)), rng.normal(size=(8, 8))
    ours = _kernels_dct.transform_blocks(plane, columns, rows)
    for y in range(0, 16, 8):
        for x in range(0, 24, 8):
            np.testing.assert_allclose(ours[y : y + 8, x : x + 8], columns.T @ plane[y : y + 8, x : x + 8] @ rows)


@pytest.mark.parametrize("quality", [1, 10, 30, 50, 75, 85, 90, 95, 98, 100])
def test_decode_is_pillows(quality, tmp_path):
    rng = np.random.default_rng(quality)
    ramp = np.add.outer(np.arange(SIZE), np.arange(SIZE))
    for k, noise in enumerate((0, 3, 30, 200)):
        cover = np.clip(ramp * 255 / ramp.max() + rng.normal(0, noise + 1e-9, ramp.shape), 0, 255).astype(np.uint8)
        path = tmp_path / f"{k}.jpg"
        Image.fromarray(cover).save(path, quality=quality)
        assert np.array_equal(dct.decode(*naive_jpeg.read_jpeg(path)), np.asarray(Image.open(path)))


def extreme_planes():
    rng = np.random.default_rng(11)
    shape = (SIZE, SIZE)
    rows, columns = np.indices(shape) % 8
    wild = rng.integers(-1023, 1024, shape)
    return {
        "small": rng.integers(-3, 4, shape),
        "medium": rng.integers(-40, 41, shape),
        "wild": wild,
        "sparse": np.where(rng.random(shape) < 0.05, wild, 0),
        "only dc": np.where(rows + columns == 0, wild, 0),
        "only first row": np.where(rows == 0, wild, 0),
        "only first column": np.where(columns == 0, wild, 0),
        "at the limits": rng.choice([-1023, 1023], shape),
    }


@pytest.mark.skipif(
    platform.machine().lower() not in {"x86_64", "amd64"}, reason="other machines overflow in another way"
)
@pytest.mark.parametrize("largest", [1, 8, 40, 255])
@pytest.mark.parametrize("name", extreme_planes())
def test_decode_is_pillows_beyond_the_range(name, largest, tmp_path):
    table = np.random.default_rng(largest).integers(1, largest + 1, (8, 8))
    naive_jpeg.write_jpeg(tmp_path / "extreme.jpg", extreme_planes()[name], table)
    pixels = np.asarray(Image.open(tmp_path / "extreme.jpg"))
    assert np.array_equal(dct.decode(extreme_planes()[name], table), pixels)


def test_decode_keeps_its_digest():
    pixels = dct.decode(PLANES["textured 24x40"], naive_jpeg.TABLE)
    assert hashlib.sha256(pixels.tobytes()).hexdigest()[:16] == "e849e6c903b6d62a"


@pytest.mark.skipif(config.DISABLE_JIT, reason="512x512 without compilation takes minutes")
def test_decode_of_the_reference_covers():
    for path in sorted(naive_jpeg.reference("cover_jpeg_q75").glob("*.jpg")):
        assert np.array_equal(dct.decode(*naive_jpeg.read_jpeg(path)), np.asarray(Image.open(path)))


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64, np.dtype(">i2")])
def test_layout_and_dtype_do_not_matter(dtype):
    plane = PLANES["textured 24x40"]
    expected = dct.decode(plane, naive_jpeg.TABLE)
    for form in (
        plane.astype(dtype),
        np.asfortranarray(plane.astype(dtype)),
        np.repeat(plane, 2, 1).astype(dtype)[:, ::2],
    ):
        assert np.array_equal(dct.decode(form, naive_jpeg.TABLE.astype(np.uint8)), expected)
    frozen = plane.astype(np.int32)
    frozen.flags.writeable = False
    assert np.array_equal(dct.decode(frozen, naive_jpeg.TABLE), expected)


GOOD = np.zeros((8, 16), np.int16)


@pytest.mark.parametrize("function", [dct.decode, dct.decode_float])
@pytest.mark.parametrize(
    ("coefficients", "table", "words"),
    [
        (np.zeros((1, 8, 8), np.int16), naive_jpeg.TABLE, r"\[1, 8, 8\]"),
        (np.zeros((12, 16), np.int16), naive_jpeg.TABLE, r"\[12, 16\]"),
        (np.zeros((8, 0), np.int16), naive_jpeg.TABLE, r"\[8, 0\]"),
        (np.zeros((8, 16)), naive_jpeg.TABLE, "float64"),
        (np.zeros((8, 16), bool), naive_jpeg.TABLE, "bool"),
        (GOOD.astype(np.int32) + 40000, naive_jpeg.TABLE, "40000"),
        (GOOD, naive_jpeg.TABLE.ravel(), r"\[64\]"),
        (GOOD, naive_jpeg.TABLE.astype(float), "float64"),
        (GOOD, naive_jpeg.TABLE * 0, "1 to 65535, got 0"),
        (GOOD, -naive_jpeg.TABLE.astype(int), "got -61"),
    ],
)
def test_refuses(function, coefficients, table, words):
    with pytest.raises(EmbedderError, match=words):
        function(coefficients, table)
