"""`stegdata.export`: stegos as PGM and JPEG files hold the pixels of their shards."""

import numpy as np
import pytest
import skimage.data
from PIL import Image
from test_covers import embed_jpeg, encoded
from test_shards import NAMES, build, fill, refusal

from stegdata import covers, export, pairs, shards
from stegdata.errors import DataError
from stegdata.formats import images, jpeg


@pytest.fixture
def shard(tmp_path):
    fill(tmp_path / "covers")
    return build(tmp_path)


def pixels_of(folder):
    return {pair.name: pair.stego for pair in pairs.from_jpeg(folder, embed_jpeg)}


def test_export_writes_the_stegos(tmp_path, shard):
    fill(tmp_path / "more", ["1"])
    export.stegos(tmp_path / "stegos", [shard, build(tmp_path, "test-000.h5", "more", split="test")])
    files = sorted(file.relative_to(tmp_path / "stegos").as_posix() for file in tmp_path.glob("stegos/**/*.*"))
    assert files == sorted([f"train/{name}.pgm" for name in NAMES] + ["test/1.pgm"])
    read = shards.read(shard)
    for name, stego in zip(read.names, read.stego, strict=True):
        assert np.array_equal(images.read_pgm(tmp_path / "stegos" / "train" / f"{name}.pgm"), stego)


def test_export_of_two_covers_of_one_name_is_refused(tmp_path, shard):
    """A union of data bases has a `1` from each: one would silently replace the other."""
    fill(tmp_path / "more", ["1"])
    other = build(tmp_path, "train-001.h5", "more")
    assert "got '1'" in refusal(export.stegos, tmp_path / "stegos", [shard, other])


def test_export_never_leaves_its_folder(tmp_path, shard):
    parts = vars(shards.read(shard))
    shards.write(tmp_path / "bad.h5", shards.Shard(**parts | {"names": np.array(["../../out", *NAMES[1:]])}))
    assert "'../../out'" in refusal(export.stegos, tmp_path / "a" / "b" / "stegos", [tmp_path / "bad.h5"])
    assert not list(tmp_path.rglob("out.pgm"))


def test_export_to_a_place_that_cannot_be_written_is_refused(tmp_path, shard):
    (tmp_path / "file").write_bytes(b"")
    assert "Not a directory" in refusal(export.stegos, tmp_path / "file" / "stegos", [shard])


def test_exported_stegos_hold_the_pixels_of_the_shard(tmp_path):
    folder = encoded(tmp_path)
    found = pairs.from_jpeg(folder, embed_jpeg, keep_coefficients=True)
    shards.build(tmp_path / "a.h5", found, {"split": "test"})
    shard = shards.read(tmp_path / "a.h5")
    expected = dict(zip(shard.names, shard.stego, strict=True))
    assert export.jpeg_stegos(tmp_path / "out" / "test", folder, embed_jpeg, expected) == 3
    assert [file.name for file in sorted((tmp_path / "out" / "test").iterdir())] == ["0.jpg", "1.jpg", "2.jpg"]
    for number, name in enumerate(shard.names):
        path = tmp_path / "out" / "test" / f"{name}.jpg"
        with Image.open(path) as image:
            assert np.array_equal(np.array(image), shard.stego[number])
        stego = jpeg.read(path)
        assert np.array_equal(stego.coefficients[0], shard.planes["stego_coefficients"][number])
        assert np.array_equal(stego.quantization_tables[0], shard.planes["quantization_table"][number])


def test_stegos_in_colour_keep_their_other_planes(tmp_path):
    (tmp_path / "jpg").mkdir()
    picture = Image.fromarray(skimage.data.astronaut()[40:81, 200:247])
    picture.save(tmp_path / "jpg" / "a.jpg", quality=90, subsampling=0)
    export.jpeg_stegos(tmp_path / "out", tmp_path / "jpg", embed_jpeg, pixels_of(tmp_path / "jpg"))
    cover, stego = jpeg.read(tmp_path / "jpg" / "a.jpg"), jpeg.read(tmp_path / "out" / "a.jpg")
    same = list(map(np.array_equal, cover.coefficients, stego.coefficients))
    assert same == [False, True, True] and stego.luminance.shape == (41, 47)


def test_a_changed_cover_is_named(tmp_path):
    folder = encoded(tmp_path)
    expected = pixels_of(folder)
    covers.encode(tmp_path / "jpg", tmp_path / "pgm", 80)
    message = refusal(export.jpeg_stegos, tmp_path / "out", folder, embed_jpeg, expected)
    assert message.startswith(f"{folder / '0.jpg'}: expected the stego that the shard holds, got another")
    assert not list((tmp_path / "out").iterdir())


def test_a_cover_changed_until_it_takes_no_message_is_named(tmp_path):
    folder = encoded(tmp_path)
    expected = pixels_of(folder)
    jpeg.encode(folder / "1.jpg", np.full((40, 40), 90, np.uint8), 75)
    with pytest.raises(DataError, match=r"jpg/1\.jpg: payload: 0\.4 bpnzAC of a cover with 0 such elements"):
        export.jpeg_stegos(tmp_path / "out", folder, embed_jpeg, expected)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["0.jpg"]


def test_covers_that_are_not_those_of_the_shard_are_named(tmp_path):
    folder = encoded(tmp_path)
    expected = pixels_of(folder)
    (folder / "1.jpg").rename(folder / "7.jpg")
    message = refusal(export.jpeg_stegos, tmp_path / "out", folder, embed_jpeg, expected)
    assert message.startswith(f"{folder / '1.jpg'}: expected this cover of the shard, got no file")
    del expected["1"]
    assert "7.jpg: expected the stego" in refusal(export.jpeg_stegos, tmp_path / "out", folder, embed_jpeg, expected)


def test_an_export_that_cannot_be_written_is_refused(tmp_path):
    folder = encoded(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    for place in ("file", "file/test"):
        message = refusal(export.jpeg_stegos, tmp_path / place, folder, embed_jpeg, pixels_of(folder))
        assert message.startswith(f"{tmp_path / place}: expected to make this folder")
