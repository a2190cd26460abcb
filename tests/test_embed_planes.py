"""`embedders.embed_planes` and `embedders.estimate_bits`: colour JPEGs, and stegos made by somebody else."""

import io
import itertools
import math
from functools import partial

import numpy as np
import pytest
import skimage.data
from marks import needs_kernels
from pictures import crop
from PIL import Image
from refusals import message_of

import embedders
from embedders import EMBEDDERS, EmbedderError
from stegdata.formats import jpeg

#: (call, ...) -> what it says that refuses.
refusal = partial(message_of, EmbedderError)
JPEG = [name for name, embedder in EMBEDDERS.items() if embedder.domain == "jpeg"]
#: Costs do not depend on the quantization table.
TABLELESS = {"nsf5", "ued"}
#: Not every element can change, or changes carry another number of bits.
LIMITED = {"lsbm-binary", "nsf5", "ued", "ebs"}
every_jpeg = pytest.mark.parametrize("name", JPEG)
#: A table of its own for each component.
TABLES = [[start + place // 3 for place in range(64)] for start in (3, 5, 8)]


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Pixels -> coefficients and tables, by way of a JPEG file."""
    path = tmp_path_factory.mktemp("planes") / "a.jpg"

    def planes_of(pixels, **options):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "JPEG", **options)
        path.write_bytes(stream.getvalue())
        image = jpeg.read(path)
        return image.coefficients, image.quantization_tables

    return planes_of


@pytest.fixture(scope="module")
def colour(read):
    small = Image.fromarray(skimage.data.astronaut()).resize((48, 40))
    return read(np.array(small), qtables=TABLES, subsampling=0)


@pytest.fixture(scope="module")
def photograph(read):
    """A whole photograph, grey: plane and table."""
    planes, tables = read(skimage.data.camera(), quality=75)
    return planes[0], tables[0]


# ---------------------------------------------------------------------------------------- components


@every_jpeg
def test_the_luminance_alone_by_default(colour, name):
    planes, tables = colour
    before = [plane.copy() for plane in planes]
    made = embedders.embed_planes(name, planes, tables, payload=0.4, seed=3)
    assert len(made) == 3 and made[1:] == [None, None]
    alone = embedders.embed(name, planes[0], tables[0], payload=0.4, seed=3)
    assert np.array_equal(made[0].stego, alone.stego) and made[0].lam == alone.lam
    assert all(map(np.array_equal, planes, before))
    named = embedders.embed_planes(name, planes, tables, payload=0.4, seed=3, channels="luminance")
    assert np.array_equal(named[0].stego, alone.stego) and named[1:] == [None, None]


@every_jpeg
def test_each_component_takes_its_own_table(colour, name):
    planes, tables = colour
    assert len({table.tobytes() for table in tables}) == 3
    before = [plane.copy() for plane in planes]
    made = embedders.embed_planes(name, planes, tables, payload=0.4, seed=3, channels="all")
    luminance = embedders.embed_planes(name, planes, tables, payload=0.4, seed=3)[0]
    assert np.array_equal(made[0].stego, luminance.stego)
    for number, (plane, embedding) in enumerate(zip(planes, made, strict=True)):
        alone = [embedders.embed(name, plane, table, payload=0.4, seed=0) for table in tables]
        # costs of nsF5 and UED know no table
        assert embedding.lam == alone[number].lam and len({one.lam for one in alone}) == (1 if name in TABLELESS else 3)
        assert embedding.message_bits == alone[number].message_bits
        assert embedding.stego.shape == plane.shape and embedding.stego.dtype == plane.dtype
        assert np.abs(embedding.stego.astype(int) - plane).max() == 1
        assert embedding.change_rate == np.mean(embedding.stego != plane)
    assert all(map(np.array_equal, planes, before))


def test_components_of_unequal_size(read):
    planes, tables = read(skimage.data.astronaut()[40:104, 180:260], quality=90, subsampling=2)
    made = embedders.embed_planes("uerd", planes, tables, payload=0.4, seed=3, channels="all")
    assert [embedding.stego.shape for embedding in made] == [(64, 80), (32, 40), (32, 40)]


def test_a_grey_jpeg_has_one_component(photograph):
    plane, table = photograph[0][200:264, 200:264], photograph[1]
    one, all_of_them = (
        embedders.embed_planes("uerd", [plane], [table], payload=0.4, seed=3, channels=channels)
        for channels in ("luminance", "all")
    )
    assert len(one) == len(all_of_them) == 1 and np.array_equal(one[0].stego, all_of_them[0].stego)


@every_jpeg
def test_the_same_seed_makes_the_same_stegos(colour, name):
    first, again, other = (
        embedders.embed_planes(name, *colour, payload=0.4, seed=seed, channels="all") for seed in (3, 3, 4)
    )
    for a, b, c in zip(first, again, other, strict=True):
        assert np.array_equal(a.stego, b.stego) and not np.array_equal(a.stego, c.stego)


def test_no_two_components_share_a_generator(colour):
    """Three times the same plane: with one generator for two of them their stegos would be the same."""
    planes, tables = [colour[0][0]] * 3, [colour[1][0]] * 3
    stegos = [
        embedding.stego.tobytes()
        for seed in (0, 1, 2, 3, 2**64, 2**128 - 1)
        for embedding in embedders.embed_planes("uerd", planes, tables, payload=0.4, seed=seed, channels="all")
    ]
    assert len(set(stegos)) == 18


def test_seeds_of_components_are_as_long_as_those_of_stegos():
    seeds = [embedders._component_seed(run, number) for run in range(300) for number in (1, 2)]
    assert len(set(seeds) | set(range(300))) == 900
    assert max(seeds).bit_length() > 120 and all(0 <= seed < 2**128 for seed in seeds)


def test_what_cannot_be_embedded_is_refused(colour):
    planes, tables = colour

    def refused(name="uerd", planes=planes, tables=tables, **more):
        return refusal(embedders.embed_planes, name, planes, tables, **{"payload": 0.4, "seed": 1} | more)

    assert "channels: expected luminance or all, got 'chroma'" in refused(channels="chroma")
    assert refused("hugoo").startswith(f"embedder: expected one of {', '.join(EMBEDDERS)}, got 'hugoo'")
    assert "expected none for an embedder of the spatial domain" in refused("suniward")
    for payload in (0, -0.4, math.nan, math.inf, "0.4", None):
        assert "payload: expected a positive number of bpnzAC" in refused(payload=payload)
    for seed in (-1, 0.5, None):
        assert "seed: expected a whole number" in refused(seed=seed)
    assert "got 3 planes and 2 tables" in refused(tables=tables[:2])
    assert "got 1 planes and 3 tables" in refused(planes=planes[:1])
    assert "got 0 planes and 0 tables" in refused(planes=[], tables=[])
    assert "coefficients: expected" in refused(planes=[planes[0][:7], *planes[1:]])


def test_a_colour_component_that_takes_no_bit_stays_as_it_is(colour):
    (luminance, blue, _), tables = colour
    empty, nearly = np.zeros_like(luminance), np.zeros_like(luminance)
    nearly[0, 1:4] = 1  # three coefficients take one bit, which changes nothing with this seed
    planes = [luminance, nearly, empty]
    made = embedders.embed_planes("uerd", planes, tables, payload=0.4, seed=1, channels="all")
    assert made[0].change_rate > 0 and made[1:] == [None, None]
    refused = refusal(embedders.embed_planes, "uerd", [empty, blue, blue], tables, payload=0.4, seed=1, channels="all")
    assert "0 such elements is no bit at all" in refused


# ---------------------------------------------------------------------------------------- estimates


@needs_kernels
@pytest.mark.parametrize("name", EMBEDDERS)
@pytest.mark.parametrize("payload", [0.1, 0.4, 1.0])
def test_the_estimate_recovers_the_payload(photograph, name, payload):
    cover = photograph if name in JPEG else (crop(200, 200, left=150),)
    made = embedders.embed(name, *cover, payload=payload, seed=11)
    changes = np.count_nonzero(made.stego != cover[0])
    assert embedders.estimate_bits(name, *cover, changes=changes) == pytest.approx(made.message_bits, rel=0.1)


@needs_kernels
@pytest.mark.parametrize("name", ["juniward", "uerd", "jmipod"])
def test_the_estimate_has_no_bias(photograph, name):
    """The mean number of changes over many stegos gives the payload more closely than one stego does."""
    cover = photograph[0][160:416, 160:416], photograph[1]
    made = [embedders.embed(name, *cover, payload=0.4, seed=seed) for seed in range(20)]
    changes = np.mean([np.count_nonzero(embedding.stego != cover[0]) for embedding in made])
    estimate = embedders.estimate_bits(name, *cover, changes=round(changes))
    assert estimate == pytest.approx(made[0].message_bits, rel=0.02)


def cover_of(name, colour):
    return (colour[0][0], colour[1][0]) if name in JPEG else (crop(32, 40),)


@pytest.mark.parametrize("name", sorted(LIMITED))
def test_what_can_change_less_ends_at_its_own_capacity(colour, name):
    """One change for a bit of two without a code; of coefficients those that are not zero, or in blocks with detail."""
    cover = cover_of(name, colour)
    bits = [embedders.estimate_bits(name, *cover, changes=count) for count in (0, 1, 10, 100, 10 * cover[0].size)]
    assert bits[0] == 0 and bits == sorted(bits) and len(set(bits[1:4])) == 3
    assert bits[3] * 1.01 >= 2 * 100 and bits[-1] < cover[0].size * math.log2(3)


@pytest.mark.parametrize("name", [name for name in EMBEDDERS if name not in LIMITED])
def test_from_no_change_to_more_than_possible(colour, name):
    cover = cover_of(name, colour)
    before, size = cover[0].copy(), cover[0].size
    counts = [0, 1, 2, 10, 100, size // 2, size, 10 * size]
    bits = [embedders.estimate_bits(name, *cover, changes=count) for count in counts]
    assert bits[0] == 0 and all(low < high for low, high in itertools.pairwise(bits[:-1]))
    assert all(2 * count < bit for count, bit in zip(counts[1:5], bits[1:5], strict=True))
    assert bits[-2] == bits[-1] == pytest.approx(0.99 * size * math.log2(3), rel=1e-12)
    assert np.array_equal(cover[0], before)


def test_the_upper_end_knows_what_cannot_change():
    cover = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (16, 16))  # one way only: a bit a pixel
    assert embedders.estimate_bits("suniward", cover, changes=256) == pytest.approx(0.99 * 256)


@pytest.mark.parametrize(
    ("name", "cover"), [("wow", np.full((16, 16), 9, np.uint8)), ("uerd", np.zeros((16, 16), int))]
)
def test_nothing_fits_where_all_is_wet(name, cover):
    table = [np.ones((8, 8), int)] * (name == "uerd")
    assert embedders.estimate_bits(name, cover, *table, changes=3) == 0


@pytest.mark.parametrize("name", EMBEDDERS)
def test_estimates_that_cannot_be_made_are_refused(colour, name):
    cover = cover_of(name, colour)
    assert "changes: expected a count of zero or more, got -1" in refusal(
        embedders.estimate_bits, name, *cover, changes=-1
    )
    for changes in (0, 5):
        assert "expected" in refusal(embedders.estimate_bits, name, cover[0][None], *cover[1:], changes=changes)
        assert "'hugoo'" in refusal(embedders.estimate_bits, "hugoo", *cover, changes=changes)
