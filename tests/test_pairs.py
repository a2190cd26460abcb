"""`stegdata.pairs`: covers read and embedded one by one, and the planes that pairs of JPEGs bring into a shard."""

import h5py
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from test_shards import ATTRIBUTES, embed, fill, refusal

from stegdata import pairs, shards
from stegdata.errors import DataError
from stegdata.formats import images, jpeg
from stegdata.pairs import Pair
from workflow.embedding import jpeg_embedder_of

SIZES = {"even": (48, 64), "odd": (33, 41), "tall": (57, 24)}
embed_jpeg = jpeg_embedder_of("uerd", 0.4, 1, "sample/q75")


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
    found = list(pairs.from_pgm(tmp_path / "covers", embed))
    assert [pair.name for pair in found] == ["0", "1", "10", "2"]
    assert found[0].cover.shape == found[0].stego.shape == (5, 7) and found[0].elements == 35
    for pair in found[1:]:
        stego, rate, bits = embed(pair.name, covers[pair.name])
        assert np.array_equal(pair.cover, covers[pair.name]) and np.array_equal(pair.stego, stego)
        assert (pair.change_rate, pair.entropy_bits, pair.elements) == (rate, bits, 256)
        assert pair.quantization_table is None and pair.coefficients is None


def test_one_cover_is_read_at_a_time(tmp_path):
    fill(tmp_path / "covers", ["1", "2"])
    (tmp_path / "covers" / "2.pgm").write_bytes(b"P5\n16 16\n255\n")
    found = pairs.from_pgm(tmp_path / "covers", embed)
    assert next(found).name == "1"
    assert "2.pgm: expected 256 bytes" in refusal(next, found)


def test_a_cover_that_is_no_pgm_is_named(tmp_path):
    fill(tmp_path / "covers")
    (tmp_path / "covers" / "3.pgm").write_bytes(b"P5\n16 16\n255\n")
    assert "3.pgm: expected 256 bytes" in refusal(list, pairs.from_pgm(tmp_path / "covers", embed))


@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize(("read", "ending"), [(pairs.from_pgm, "pgm"), (pairs.from_jpeg, "jpg")])
def test_a_folder_without_covers_is_refused(tmp_path, made, read, ending):
    if made:
        fill(tmp_path / "covers", ["1"])
        (tmp_path / "covers" / "1.pgm").rename(tmp_path / "covers" / "1.png")
    with pytest.raises(DataError, match=rf"covers: expected covers \(\*\.{ending}\), found none"):
        next(read(tmp_path / "covers", embed))


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
    with pytest.raises(DataError) as caught:
        names.extend(pair.name for pair in found)
    assert "\n" not in str(caught.value)
    return names, str(caught.value)


@pytest.mark.parametrize("bad", [["even"], ["odd"], ["tall"], ["even", "tall"], ["even", "odd", "tall"]])
@pytest.mark.parametrize("domain", ["pgm", "jpg"])
def test_embeddings_that_fail_are_all_named_after_the_last_cover(tmp_path, domain, bad):
    refused = ValueError("message of 9 bits is above the capacity of 8 bits")
    if domain == "pgm":
        fill(tmp_path / "covers", sorted(SIZES))
        found = pairs.from_pgm(tmp_path / "covers", failing_at(bad, refused, embed))
    else:
        found = pairs.from_jpeg(jpegs(tmp_path / "covers"), failing_at(bad, refused, embed_jpeg))
    names, message = until_the_error(found)
    assert names == [name for name in sorted(SIZES) if name not in bad]
    assert message.count(str(refused)) == 1
    more = f" ({len(bad) - 1} more: {', '.join(bad[1:])})" if len(bad) > 1 else ""
    assert f"{refused}{more}. Name such" in message
    assert message.startswith(str(tmp_path / "covers" / bad[0])) and "under `exclude`" in message
    assert (f"({len(bad) - 1} more: " in message) == (len(bad) > 1)


@pytest.mark.parametrize("domain", ["pgm", "jpg"])
def test_a_fault_of_the_program_stays_what_it_is(tmp_path, domain):
    fault = failing_at(["even"], ZeroDivisionError(), embed)
    if domain == "pgm":
        fill(tmp_path / "covers", ["even"])
        found = pairs.from_pgm(tmp_path / "covers", fault)
    else:
        found = pairs.from_jpeg(jpegs(tmp_path / "covers"), fault)
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_a_real_refusal_of_an_embedder_names_the_cover(tmp_path):
    """A flat JPEG has no AC coefficient that is not zero: no bit can be embedded."""
    jpegs(tmp_path / "covers")
    jpeg.encode(tmp_path / "covers" / "flat.jpg", np.full((16, 16), 77, np.uint8), 75)
    names, message = until_the_error(pairs.from_jpeg(tmp_path / "covers", embed_jpeg))
    assert names == sorted(SIZES)
    assert message.startswith(
        f"{tmp_path / 'covers' / 'flat.jpg'}: payload: 0.4 bpnzAC of a cover with 0 such elements"
    )


# ---------------------------------------------------------------------------------------- JPEG


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("quality", [75, 95])
def test_jpegs_are_embedded(tmp_path, colour, kept, quality):
    folder = jpegs(tmp_path / "covers", colour, quality)
    found = list(pairs.from_jpeg(folder, embed_jpeg, keep_coefficients=kept))
    assert [pair.name for pair in found] == sorted(SIZES)
    for pair in found:
        path = folder / f"{pair.name}.jpg"
        cover = jpeg.read(path)
        plane, table = cover.coefficients[0], cover.quantization_tables[0]
        stego, _, rate, bits = embed_jpeg(pair.name, plane, table)
        assert pair.cover.shape == pair.stego.shape == SIZES[pair.name]
        assert np.array_equal(pair.cover, luminance(path))
        jpeg.write(tmp_path / "stego.jpg", cover, (stego, *cover.coefficients[1:]))
        assert np.array_equal(pair.stego, luminance(tmp_path / "stego.jpg"))
        assert not np.array_equal(pair.cover, pair.stego) and pair.stego.dtype == np.uint8
        assert pair.elements == naive_nonzero_ac(plane) > 100
        assert pair.change_rate == rate == np.mean(stego != plane) and pair.entropy_bits == bits
        assert bits == pytest.approx(0.4 * pair.elements, abs=0.51)
        assert pair.quantization_table.dtype == np.uint16 and np.array_equal(pair.quantization_table, table)
        if kept:
            assert all(kept.dtype == np.int16 for kept in pair.coefficients)
            assert all(map(np.array_equal, pair.coefficients, (plane, stego)))
            assert plane.shape == tuple(-(-length // 8) * 8 for length in SIZES[pair.name])
        else:
            assert pair.coefficients is None


def naive_nonzero_ac(plane):
    return sum(value != 0 and (y % 8, x % 8) != (0, 0) for (y, x), value in np.ndenumerate(plane))


@settings(max_examples=50)
@given(arrays(np.int16, st.sampled_from([(8, 8), (8, 16), (24, 8)]), elements=st.integers(-2, 2)))
def test_dc_does_not_count(plane):
    assert pairs.nonzero_ac(plane) == naive_nonzero_ac(plane)


@pytest.mark.parametrize("content", [b"", b"P5\n1 1\n255\n0", b"\xff\xd8\xff\xe0", None])
def test_a_cover_that_is_no_jpeg_is_named(tmp_path, content):
    folder = jpegs(tmp_path / "covers")
    bad = folder / "odd.jpg"
    bad.write_bytes(bad.read_bytes()[:-40] if content is None else content)
    found = pairs.from_jpeg(folder, embed_jpeg)
    assert next(found).name == "even"
    assert refusal(next, found).startswith(f"{bad}: ")


def test_covers_that_were_encoded_make_a_shard(tmp_path):
    """What the workflow does: pixels -> JPEG -> pairs -> shard, and the shard's coefficients give its pixels."""
    (tmp_path / "covers").mkdir()
    for number in range(3):
        part = skimage.data.camera()[40 * number : 40 * number + 40, 200:240]
        jpeg.encode(tmp_path / "covers" / f"{number}.jpg", part, (75, 90, 95)[number])
    found = pairs.from_jpeg(tmp_path / "covers", embed_jpeg, keep_coefficients=True)
    shards.build(tmp_path / "a.h5", found, ATTRIBUTES, total=3)
    read = shards.read(tmp_path / "a.h5")
    assert read.names.tolist() == ["0", "1", "2"] and read.planes["quality"].tolist() == [75, 90, 95]
    for number, name in enumerate(read.names):
        cover = jpeg.read(tmp_path / "covers" / f"{name}.jpg")
        assert np.array_equal(read.planes["cover_coefficients"][number], cover.coefficients[0])
        assert np.array_equal(read.planes["quantization_table"][number], cover.quantization_tables[0])
        jpeg.write(tmp_path / "stego.jpg", cover, (np.array(read.planes["stego_coefficients"][number]),))
        assert np.array_equal(images.read(tmp_path / "stego.jpg"), read.stego[number])


# ---------------------------------------------------------------------------------------- planes of the JPEG domain


def jpeg_pairs(count=4, kept=True, seed=0):
    """Pairs with a table each and, where kept, coefficients of a plane larger than the image."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        cover = rng.integers(0, 255, (13, 15), dtype=np.uint8)
        table = rng.integers(1, 65536, (8, 8), dtype=np.uint16)
        plane = rng.integers(-1023, 1023, (16, 16), dtype=np.int16)
        yield Pair(str(number), cover, cover + 1, 0.5, 9.0, 40 + number, table, (plane, plane + 1) if kept else None)


@pytest.mark.parametrize("kept", [True, False])
def test_planes_are_written_and_read(tmp_path, kept):
    shards.build(tmp_path / "a.h5", jpeg_pairs(kept=kept), ATTRIBUTES, total=4)
    read = shards.read(tmp_path / "a.h5")
    tables = [pair.quantization_table for pair in jpeg_pairs()]
    wanted = {"quantization_table": tables, "quality": np.zeros(4, np.int64)}  # tables at random are of no quality
    if kept:
        wanted["cover_coefficients"] = [pair.coefficients[0] for pair in jpeg_pairs()]
        wanted["stego_coefficients"] = [pair.coefficients[1] for pair in jpeg_pairs()]
    assert set(read.planes) == set(wanted) <= set(shards.PLANES)
    assert read.elements.tolist() == [40, 41, 42, 43] and read.cover.shape == (4, 13, 15)
    with h5py.File(tmp_path / "a.h5") as file:
        for key, planes in wanted.items():
            mapped = read.planes[key]
            assert isinstance(mapped, np.memmap) and mapped.dtype == planes[0].dtype and np.array_equal(mapped, planes)
            with pytest.raises(ValueError, match="read-only"):
                mapped[...] = 1
            assert file[key].chunks is None and np.array_equal(file[key][...], planes)
        assert len(file) == 6 + len(wanted)


def test_the_same_planes_give_the_same_bytes(tmp_path):
    for name, seed in (("a.h5", 0), ("b.h5", 0), ("c.h5", 1)):
        shards.build(tmp_path / name, jpeg_pairs(seed=seed), ATTRIBUTES)
    first, again, other = (shards.sha256(tmp_path / name) for name in ("a.h5", "b.h5", "c.h5"))
    assert first == again != other
    shards.write(tmp_path / "d.h5", shards.read(tmp_path / "a.h5"))
    assert shards.sha256(tmp_path / "d.h5") == first


@pytest.mark.parametrize("key", shards.PLANES)
def test_planes_of_another_number_are_refused(tmp_path, key):
    shards.build(tmp_path / "a.h5", jpeg_pairs(), ATTRIBUTES)
    good = shards.read(tmp_path / "a.h5")
    planes = good.planes | {key: good.planes[key][1:]}
    message = refusal(shards.write, tmp_path / "b.h5", shards.Shard(**vars(good) | {"planes": planes}))
    assert "b.h5: expected" in message and str([3, *planes[key].shape[1:]]) in message
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file[key]
        file[key] = planes[key]
    assert "a.h5: expected" in refusal(shards.read, tmp_path / "a.h5")


def test_pairs_with_unequal_planes_are_refused(tmp_path):
    first, second, *_ = jpeg_pairs()
    larger = tuple(np.pad(plane, (0, 8)) for plane in second.coefficients)
    for change in ({"coefficients": larger}, {"coefficients": None}, {"quantization_table": None}):
        odd = Pair(**vars(second) | change)
        message = refusal(shards.build, tmp_path / "a.h5", [first, odd], ATTRIBUTES)
        assert "as 0 has, got" in message and "of 1: " in message
    assert not list(tmp_path.iterdir())
