"""`stegdata.formats.images.resize`: Matlab's imresize to the bit, or the centre as it is."""

from pathlib import Path

import naive_images
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pictures import crop, noise
from refusals import refusal

from stegdata.formats import images

BOSSBASE = Path(__file__).resolve().parents[2] / "shared" / "covers" / "bossbase"
GREYS = arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))


def test_photograph_is_halved_as_by_matlab():
    whole = crop(512, 512, 0, 0)
    assert np.array_equal(images.resize(whole), naive_images.imresize(whole, 256))


@pytest.mark.skipif(not BOSSBASE.is_dir(), reason=f"BOSSBase covers are not there: {BOSSBASE}")
def test_covers_are_halved_as_by_matlab():
    paths = sorted(BOSSBASE.glob("*.pgm"))
    assert len(paths) >= 10
    for path in paths:
        cover = images.read_pgm(path)
        assert np.array_equal(cover, images.read(path))
        assert np.array_equal(images.resize(cover), naive_images.imresize(cover, 256)), path.name


@pytest.mark.parametrize("values", [2, 256])
def test_noise_is_halved_as_by_matlab(values):
    image = (np.random.default_rng(3).integers(0, values, (128, 128)) * (255 // (values - 1))).astype(np.uint8)
    assert np.array_equal(images.resize(image, 64), naive_images.imresize(image, 64))


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [
        *[(512, 384, 256), (300, 500, 256), (500, 300, 256), (256, 512, 256), (512, 256, 256), (257, 258, 256)],
        *[(512, 512, 255), (512, 512, 100), (101, 67, 13), (40, 50, 1), (7, 9, 3)],
    ],
)
def test_other_shapes_are_within_one_grey_level_of_matlab(height, width, size):
    image = crop(height, width, 0, 0)
    difference = images.resize(image, size).astype(int) - naive_images.imresize(image, size)
    assert np.abs(difference).max() <= 1 and (difference != 0).mean() < 0.005


@given(GREYS, st.integers(1, 40))
def test_resize_properties(image, size):
    height, width = image.shape
    if size > min(height, width):
        assert f"{height}×{width}" in refusal(images.resize, image, size)
        return
    before = image.copy()
    top, left = (height - size) // 2, (width - size) // 2
    crop, small = images.resize(image, size, "crop"), images.resize(image, size)
    assert np.array_equal(crop, image[top : top + size, left : left + size])
    assert small.shape == (size, size) and small.dtype == np.uint8 and small.flags.c_contiguous
    assert np.array_equal(images.resize(np.full_like(image, image[0, 0]), size), np.full((size, size), image[0, 0]))
    small[:], crop[:] = 0, 0
    assert np.array_equal(image, before)


def test_resize_refuses_nonsense():
    assert "matlab or crop" in refusal(images.resize, noise(9, 9), 4, "lanczos")
    for size in (0, -1, 2.5, True, None):
        refusal(images.resize, noise(9, 9), size)
    assert np.array_equal(images.resize(noise(9, 9), 9), noise(9, 9))
