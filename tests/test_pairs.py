"""`stegdata.pairs`: covers read and embedded one by one, and the planes that pairs of JPEGs bring into a shard."""

import h5py
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from making_shards import ATTRIBUTES, altered, embed, embed_jpeg, encoded, fill, pairs_of
from PIL import Image
from refusals import message_of, refusal

from embedders import dct
from stegdata import shards
from stegdata.errors import DataError
from stegdata.files import sha256
from stegdata.formats import jpeg
from stegdata.pairs import Pair

SIZES = {"even": (48, 64), "odd": (33, 41), "tall": (57, 24)}


def jpegs(folder, colour=False, quality=75, **options):
    """JPEGs of a photograph in several sizes, most of them cropped from whole blocks; colour ones 4:2:0."""
    folder.mkdir()
    picture = skimage.data.astronaut() if colour else skimage.data.camera()
    for name, (height, width) in SIZES.items():
        part = Image.fromarray(picture[40 : 40 + height, 180 : 180 + width])
        part.save(folder / f"{name}.jpg", quality=quality, **options)
    return folder


def luminance(path):
    """As Pillow decodes it, without conversion to RGB or to grey."""
    with Image.open(path) as image:
        if image.mode == "L":
            return np.array(image)
        image.draft("YCbCr", image.size)
        assert image.mode == "YCbCr"
        return np.array(image)[:, :, 0]


# ---------------------------------------------------------------------------------------- PGM


def test_pgms_are_embedded_in_order(tmp_path):
    covers = dict(zip(("2", "10", "1"), fill(tmp_path / "covers", ["2", "10", "1"]), strict=True))
    fill(tmp_path / "covers", ["0"], size=(5, 7))
    found = list(pairs_of(tmp_path / "covers", embed))
    assert [pair.name for pair in found] == ["0", "1", "10", "2"]
    assert found[0].cover.shape == found[0].stego.shape == (5, 7) and found[0].elements == 35
    for pair in found[1:]:
        made = embed(pair.name, covers[pair.name])
        assert np.array_equal(pair.cover, covers[pair.name]) and np.array_equal(pair.stego, made.stego)
        assert (pair.change_rate, pair.entropy_bits, pair.elements) == (made.change_rate, made.entropy_bits, 256)
        assert pair.quantization_table is pair.changes is pair.coefficients is None


def test_covers_are_read_one_at_a_time_and_one_that_is_no_pgm_is_named(tmp_path):
    fill(tmp_path / "covers", ["1", "2"])
    (tmp_path / "covers" / "2.pgm").write_bytes(b"P5\n16 16\n255\n")
    found = pairs_of(tmp_path / "covers", embed)
    assert next(found).name == "1"
    assert "2.pgm: expected 256 bytes" in refusal(next, found)


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_covers_is_refused(tmp_path, made):
    if made:
        fill(tmp_path / "covers", ["1"])
        (tmp_path / "covers" / "1.pgm").rename(tmp_path / "covers" / "1.png")
    with pytest.raises(DataError, match=r"covers: expected covers \(\*\.pgm or \*\.jpg\), found none"):
        next(pairs_of(tmp_path / "covers", embed))


# ---------------------------------------------------------------------------------------- an embedding that fails


def failing_at(bad, error, embed):
    def fails(name, *cover):
        if name in bad:
            raise error
        return embed(name, *cover)

    return fails


def until_the_error(found):
    """Names of the pairs that come before the error, and its message."""
    names = []
    return names, message_of(DataError, lambda: names.extend(pair.name for pair in found))


def failing(folder, domain, bad, error):
    """Pairs of three covers, of which some fail."""
    if domain == "pgm":
        fill(folder, sorted(SIZES))
        return pairs_of(folder, failing_at(bad, error, embed))
    return pairs_of(jpegs(folder), failing_at(bad, error, embed_jpeg))


both_domains = pytest.mark.parametrize("domain", ["pgm", "jpg"])


@pytest.mark.parametrize("bad", [["even"], ["odd"], ["tall"], ["even", "tall"], ["even", "odd", "tall"]])
@both_domains
def test_embeddings_that_fail_are_all_named_after_the_last_cover(tmp_path, domain, bad):
    refused = ValueError("message of 9 bits is above the capacity of 8 bits")
    names, message = until_the_error(failing(tmp_path / "covers", domain, bad, refused))
    assert names == [name for name in sorted(SIZES) if name not in bad]
    more = f" ({len(bad) - 1} more: {', '.join(bad[1:])})" if len(bad) > 1 else ""
    assert f"{refused}{more}" in message and message.count(str(refused)) == 1
    assert message.startswith(str(tmp_path / "covers" / bad[0]))


@both_domains
def test_a_fault_of_the_program_stays_what_it_is(tmp_path, domain):
    with pytest.raises(ZeroDivisionError):
        next(failing(tmp_path / "covers", domain, ["even"], ZeroDivisionError()))


def test_a_real_refusal_of_an_embedder_names_the_cover(tmp_path):
    """A flat JPEG has no AC coefficient that is not zero: no bit can be embedded."""
    jpegs(tmp_path / "covers")
    flat = tmp_path / "covers" / "flat.jpg"
    jpeg.encode(flat, np.full((16, 16), 77, np.uint8), 75)
    names, message = until_the_error(pairs_of(tmp_path / "covers", embed_jpeg))
    assert names == sorted(SIZES)
    assert message.startswith(f"{flat}: payload: 0.4 bpnzAC of a cover with 0 such elements")


# ---------------------------------------------------------------------------------------- JPEG


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("quality", [75, 95])
def test_jpegs_are_embedded(tmp_path, colour, kept, quality):
    folder = jpegs(tmp_path / "covers", colour, quality)
    found = list(pairs_of(folder, embed_jpeg, keep_coefficients=kept))
    assert [pair.name for pair in found] == sorted(SIZES)
    for pair in found:
        path = folder / f"{pair.name}.jpg"
        cover = jpeg.read(path)
        plane, table = cover.coefficients[0], cover.quantization_tables[0]
        made = embed_jpeg(pair.name, plane, table)
        assert pair.cover.shape == pair.stego.shape == SIZES[pair.name]
        assert np.array_equal(pair.cover, luminance(path))
        jpeg.write(tmp_path / "stego.jpg", cover, (made.stego, *cover.coefficients[1:]))
        assert np.array_equal(pair.stego, luminance(tmp_path / "stego.jpg"))
        assert not np.array_equal(pair.cover, pair.stego) and pair.stego.dtype == np.uint8
        assert pair.elements == naive_nonzero_ac(plane) > 100
        assert pair.change_rate == made.change_rate == np.mean(made.stego != plane)
        assert pair.changes.dtype == np.int8 and np.array_equal(plane + pair.changes, made.stego)
        assert pair.entropy_bits == made.entropy_bits == pytest.approx(0.4 * pair.elements, abs=0.51)
        assert pair.quantization_table.dtype == np.uint16 and np.array_equal(pair.quantization_table, table)
        if kept:
            assert all(kept.dtype == np.int16 for kept in pair.coefficients)
            assert all(map(np.array_equal, pair.coefficients, (plane, made.stego)))
            assert plane.shape == tuple(-(-length // 8) * 8 for length in SIZES[pair.name])
        else:
            assert pair.coefficients is None


def naive_nonzero_ac(plane):
    return sum(value != 0 and (y % 8, x % 8) != (0, 0) for (y, x), value in np.ndenumerate(plane))


@settings(max_examples=settings.default.max_examples // 2)
@given(arrays(np.int16, st.sampled_from([(8, 8), (8, 16), (24, 8)]), elements=st.integers(-2, 2)))
def test_dc_does_not_count(plane):
    assert jpeg.nonzero_ac(plane) == naive_nonzero_ac(plane)


@pytest.mark.parametrize("content", [b"", b"P5\n1 1\n255\n0", b"\xff\xd8\xff\xe0", None])
def test_a_cover_that_is_no_jpeg_is_named(tmp_path, content):
    folder = jpegs(tmp_path / "covers")
    bad = folder / "odd.jpg"
    bad.write_bytes(bad.read_bytes()[:-40] if content is None else content)
    found = pairs_of(folder, embed_jpeg)
    assert next(found).name == "even"
    assert refusal(next, found).startswith(f"{bad}: ")


@pytest.mark.parametrize("kept", [True, False])
def test_covers_that_were_encoded_make_a_shard(tmp_path, kept):
    """What the workflow does: pixels -> JPEG -> pairs -> shard. Covers and changes give the stegos, to the pixel."""
    folder = encoded(tmp_path)
    for number, quality in ((1, 90), (2, 95)):
        jpeg.encode(folder / f"{number}.jpg", jpeg.read(folder / f"{number}.jpg").luminance, quality)
    (folder / "SHA256SUMS").unlink()
    shards.build(tmp_path / "a.h5", pairs_of(folder, embed_jpeg, keep_coefficients=kept), ATTRIBUTES, total=3)
    read = shards.read(tmp_path / "a.h5")
    assert read.names.tolist() == ["0", "1", "2"] and read.planes["quality"].tolist() == [75, 90, 95]
    for number, name in enumerate(read.names):
        cover = jpeg.read(folder / f"{name}.jpg")
        plane, table = cover.coefficients[0], read.planes["quantization_table"][number]
        stego = plane + read.planes["changes"][number]
        assert np.array_equal(stego, embed_jpeg(name, plane, table).stego) and set(np.unique(stego - plane)) == {
            -1,
            0,
            1,
        }
        assert np.array_equal(table, cover.quantization_tables[0])
        assert np.array_equal(dct.decode(stego, table), read.stego[number])
        jpeg.write(tmp_path / "stego.jpg", cover, (stego,))
        assert np.array_equal(jpeg.read(tmp_path / "stego.jpg").luminance, read.stego[number])
        if kept:
            assert np.array_equal(read.planes["cover_coefficients"][number], plane)
            assert np.array_equal(read.planes["stego_coefficients"][number], stego)
    assert set(read.planes) == set(shards.PLANES[:5] if kept else shards.PLANES[:3])


# ---------------------------------------------------------------------------------------- planes of the JPEG domain


def jpeg_pairs(count=4, kept=True, seed=0):
    """Pairs with a table and changes each and, where kept, coefficients of a plane larger than the image."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        cover = rng.integers(0, 255, (13, 15), dtype=np.uint8)
        table = rng.integers(1, 65536, (8, 8), dtype=np.uint16)
        plane, changes = rng.integers(-1023, 1023, (16, 16), dtype=np.int16), rng.integers(-1, 2, (16, 16), np.int8)
        coefficients = (plane, plane + changes) if kept else None
        yield Pair(str(number), cover, cover + 1, 0.5, 9.0, 40 + number, table, changes, coefficients)


@pytest.mark.parametrize("kept", [True, False])
def test_planes_are_written_and_read(tmp_path, kept):
    shards.build(tmp_path / "a.h5", jpeg_pairs(kept=kept), ATTRIBUTES, total=4)
    read = shards.read(tmp_path / "a.h5")
    wanted = {
        "quantization_table": [pair.quantization_table for pair in jpeg_pairs()],
        "quality": np.zeros(4, np.int64),  # tables at random are of no quality
        "changes": [pair.changes for pair in jpeg_pairs()],
    }
    if kept:
        wanted["cover_coefficients"] = [pair.coefficients[0] for pair in jpeg_pairs()]
        wanted["stego_coefficients"] = [pair.coefficients[1] for pair in jpeg_pairs()]
    assert set(read.planes) == set(wanted) <= set(shards.PLANES)
    assert read.elements.tolist() == [40, 41, 42, 43] and read.cover.shape == (4, 13, 15)
    with h5py.File(tmp_path / "a.h5", locking=False) as file:
        for key, planes in wanted.items():
            mapped = read.planes[key]
            assert isinstance(mapped.base, np.memmap) == (key != "quality") and mapped.dtype == planes[0].dtype
            assert np.array_equal(mapped, planes)
            if key == "quality":
                continue
            with pytest.raises(ValueError, match="read-only"):
                mapped[...] = 1
            assert file[key].chunks is None and np.array_equal(file[key][...], planes)
        assert len(file) == 6 + len(wanted)


def test_the_same_planes_give_the_same_bytes(tmp_path):
    for name, seed in (("a.h5", 0), ("b.h5", 0), ("c.h5", 1)):
        shards.build(tmp_path / name, jpeg_pairs(seed=seed), ATTRIBUTES)
    first, again, other = (sha256(tmp_path / name) for name in ("a.h5", "b.h5", "c.h5"))
    assert first == again != other


@pytest.mark.parametrize("key", shards.PLANES[:5])
def test_planes_of_another_number_are_refused(tmp_path, key):
    shards.build(tmp_path / "a.h5", jpeg_pairs(), ATTRIBUTES)
    planes = shards.read(tmp_path / "a.h5").planes[key][1:]
    with altered(tmp_path / "a.h5") as file:
        del file[key]
        file[key] = planes
    message = refusal(shards.read, tmp_path / "a.h5")
    assert "a.h5: expected" in message and str([3, *planes.shape[1:]]) in message


def test_pairs_with_unequal_planes_are_refused(tmp_path):
    first, second, *_ = jpeg_pairs()
    larger = tuple(np.pad(plane, (0, 8)) for plane in second.coefficients)
    changed = [{"coefficients": larger}, {"coefficients": None}, {"quantization_table": None}, {"changes": None}]
    for change in changed:
        odd = Pair(**vars(second) | change)
        message = refusal(shards.build, tmp_path / "a.h5", [first, odd], ATTRIBUTES)
        assert "a.h5: expected 2 rows of cover uint8 [13, 15], " in message and "as row 2 of 1: " in message
    assert not list(tmp_path.iterdir())
