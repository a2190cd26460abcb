"""`stegdata.sources.sample`: enough covers for a first run, and no photograph twice under two names."""

import hashlib
import itertools
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image
from refusals import refusal
from scipy import fft
from scipy.ndimage import gaussian_filter

from stegdata import sources
from stegdata.sources import sample

#: sha256 of the names, one a line: whoever changes the sample changes the tables made from it.
LISTS = {
    64: (1070, "4a6fad79f23bb11e157ab620571372dc8ad2a562eb76983a0f4b499a70166999"),
    128: (341, "e1f571233e62933c34a8908c031fd893ce1162aed33923f3fe40cbf4954937d4"),
    256: (69, "208fd39d54776ccc403fe370015da6195dd5e02f9e8924b1ef358c1093551db8"),
}


@pytest.fixture(scope="module")
def photographs():
    numbered = ((group, number) for group, parts in sample.PHOTOGRAPHS.items() for number in range(len(parts)))
    return {key: sample.photograph(*key) for key in numbered}


@pytest.fixture(scope="module")
def tiles():
    return sample.tiles(64)


@pytest.mark.parametrize("size", LISTS)
def test_the_list_is_always_the_same(size):
    names = sample.tiles(size)
    assert (len(names), hashlib.sha256("\n".join(names).encode()).hexdigest()) == LISTS[size]
    assert sources.opened("sample", None, size=size).listing() == sources.Listing(names, [])


def test_there_are_enough_and_of_every_photograph(tiles):
    assert len(tiles) >= 1000
    assert set(tiles.values()) == set(sample.PHOTOGRAPHS)
    assert max(Counter(tiles.values()).values()) <= sample.TILES
    assert all(name.startswith(f"{group}-") for name, group in tiles.items())


def test_tiles_are_what_their_names_say(tiles, photographs):
    for name, image in sources.opened("sample", None, size=64).read(list(tiles)):
        assert image.dtype == np.uint8 and image.shape == (64, 64) and image.flags.owndata
        group, number, row, column = name.rsplit("-", 3)
        assert group == tiles[name]
        top, left = int(row) * 64, int(column) * 64
        assert np.array_equal(image, photographs[group, int(number)][top : top + 64, left : left + 64])
        assert image.min() < image.max() and np.isin(image, (0, 255)).mean() < sample.SATURATED


@pytest.mark.parametrize(
    "name", ["camera-0-08-00", "camera-0-00-99", "camera-1-00-00", "lena-0-00-00", "camera", "", "a-b-c-d"]
)
def test_an_unknown_tile_is_refused(name):
    message = refusal(sources.opened("sample", None, size=64).read, [name])
    assert f"expected a tile of 64x64 pixels, got '{name}'" in message


def test_nothing_is_downloaded():
    for package, file in itertools.chain.from_iterable(sample.PHOTOGRAPHS.values()):
        assert (files(package) / file).is_file()


# ---------------------------------------------------------------------------------------- nothing twice


def test_both_halves_of_the_stereo_pair_are_one_group(tiles, photographs):
    assert {name.split("-")[1] for name, group in tiles.items() if group == "motorcycle"} == {"0", "1"}
    assert overlap(photographs["motorcycle", 0], photographs["motorcycle", 1]) > 90
    listed = list(itertools.chain.from_iterable(sample.PHOTOGRAPHS.values()))
    assert len(set(listed)) == len(listed)


def test_no_tile_is_in_two_groups(tiles):
    pixels = [sample.tile(name, 64) for name in tiles]
    assert len({image.tobytes() for image in pixels}) == len(tiles)
    flat = np.stack(pixels).reshape(len(tiles), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    groups = np.array(list(tiles.values()))
    alike = np.abs(flat @ flat.T)
    alike[groups[:, None] == groups] = 0
    assert alike.max() < 0.97  # 0.94 of two smooth tiles


def test_no_photograph_looks_like_another(photographs):
    """Shrunk to 32x32, in any of eight orientations, as a negative too: at most 0.61 of different groups."""
    small = {key: shrink(image) for key, image in photographs.items()}
    turned = {key: [np.rot90(part, n) for n in range(4) for part in (image, image.T)] for key, image in small.items()}
    for first, second in itertools.combinations(photographs, 2):
        if first[0] != second[0]:
            assert max(abs((small[first] * image).sum()) for image in turned[second]) < 0.8, (first, second)


def test_no_photograph_is_cut_out_of_another(photographs):
    """Phase correlation of the fine structure, at any shift: at most 66 of different groups, 109 of the stereo pair."""
    camera = photographs["camera", 0]
    assert overlap(camera, camera[101:357, 150:480]) > 200
    spectra = {key: spectrum(image) for key, image in photographs.items()}
    for first, second in itertools.combinations(photographs, 2):
        if first[0] != second[0]:
            assert peak(spectra[first], spectra[second]) < 90, (first, second)


def shrink(image):
    small = np.asarray(Image.fromarray(image).resize((32, 32), Image.Resampling.BOX), dtype=float)
    small -= small.mean()
    return small / np.linalg.norm(small)


def spectrum(image):
    """Whitened spectrum of the image at half its size, without what is smooth."""
    height, width = (side // 2 for side in image.shape)
    half = image[: 2 * height, : 2 * width].astype(np.float32).reshape(height, 2, width, 2).mean(axis=(1, 3))
    fine = half - gaussian_filter(half, 2)
    waves = fft.rfft2(fine / fine.std(), (1024, 1024))
    return waves / (np.abs(waves) + 1e-3 * np.abs(waves).max())


def peak(first, second):
    correlation = fft.irfft2(first * second.conj(), (1024, 1024))
    return correlation.max() / correlation.std()


def overlap(first, second):
    return peak(spectrum(first), spectrum(second))
