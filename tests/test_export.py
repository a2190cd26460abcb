"""`stegdata.export`: stegos as PGM and JPEG files hold the pixels of their shards."""

import shutil

import numpy as np
import pytest
import skimage.data
from making_shards import NAMES, build, embed_jpeg, encoded, fill, pairs_of, write
from PIL import Image
from refusals import refusal

from stegdata import covers, export, shards
from stegdata.formats import images, jpeg
from stegdata.sources import opened


@pytest.fixture
def shard(tmp_path):
    fill(tmp_path / "covers")
    return build(tmp_path)


def embedded(folder, path, **attributes):
    """A shard of the JPEGs of a folder."""
    shards.build(path, pairs_of(folder, embed_jpeg, keep_coefficients=True), {"split": "test"} | attributes)
    return path


def test_stegos_of_pixels_are_pgms(tmp_path, shard):
    fill(tmp_path / "more", ["1"])
    given = [shard, build(tmp_path, "test-000.h5", "more", split="test")]
    assert export.stegos(tmp_path / "stegos", given) == 6
    files = sorted(file.relative_to(tmp_path / "stegos").as_posix() for file in tmp_path.glob("stegos/**/*.pgm"))
    assert files == sorted([f"train/{name}.pgm" for name in NAMES] + ["test/1.pgm"])
    assert "expected images that nobody embedded in" in refusal(opened("folder", tmp_path / "stegos").listing)
    read = shards.read(shard)
    for name, stego in zip(read.names, read.stego, strict=True):
        assert np.array_equal(images.read_pgm(tmp_path / "stegos" / "train" / f"{name}.pgm"), stego)


def test_stegos_of_jpegs_are_jpegs_that_hold_pixels_and_coefficients_of_the_shard(tmp_path):
    folder = encoded(tmp_path)
    more = shutil.copytree(folder, tmp_path / "more")
    given = [embedded(folder, tmp_path / "a.h5"), embedded(more, tmp_path / "b.h5", split="val")]
    assert export.stegos(tmp_path / "out", given, [folder, more]) == 6
    for path, split in zip(given, ("test", "val"), strict=True):
        shard = shards.read(path)
        made = sorted(file.name for file in (tmp_path / "out" / split).iterdir())
        assert made == ["0.jpg", "1.jpg", "2.jpg", "SHA256SUMS"]
        for number, name in enumerate(shard.names):
            with Image.open(tmp_path / "out" / split / f"{name}.jpg") as image:
                assert np.array_equal(np.array(image), shard.stego[number])
            stego = jpeg.read(tmp_path / "out" / split / f"{name}.jpg")
            assert np.array_equal(stego.coefficients[0], shard.planes["stego_coefficients"][number])
            assert np.array_equal(stego.quantization_tables[0], shard.planes["quantization_table"][number])


def test_stegos_in_colour_keep_their_other_planes(tmp_path):
    (tmp_path / "jpg").mkdir()
    picture = Image.fromarray(skimage.data.astronaut()[40:81, 200:247])
    picture.save(tmp_path / "jpg" / "a.jpg", quality=90, subsampling=0)
    export.stegos(tmp_path / "out", [embedded(tmp_path / "jpg", tmp_path / "a.h5")], [tmp_path / "jpg"])
    cover, stego = jpeg.read(tmp_path / "jpg" / "a.jpg"), jpeg.read(tmp_path / "out" / "test" / "a.jpg")
    same = list(map(np.array_equal, cover.coefficients, stego.coefficients))
    assert same == [False, True, True] and stego.luminance.shape == (41, 47)


# ---------------------------------------------------------------------------------------- refused


def test_two_covers_of_one_name_are_refused(tmp_path, shard):
    """Combined data bases have a `1` each: one would silently replace the other."""
    fill(tmp_path / "more", ["1"])
    other = build(tmp_path, "train-001.h5", "more")
    assert "got '1'" in refusal(export.stegos, tmp_path / "stegos", [shard, other])


def test_nothing_leaves_the_folder(tmp_path):
    cover = np.zeros((1, 8, 8))
    bad = write(tmp_path / "bad.h5", cover, cover + 1, ["../../out"])
    assert "'../../out'" in refusal(export.stegos, tmp_path / "a" / "b" / "stegos", [bad])
    assert not list(tmp_path.rglob("out.pgm"))


@pytest.mark.parametrize("place", ["file", "file/stegos"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, shard, place):
    (tmp_path / "file").write_bytes(b"")
    message = refusal(export.stegos, tmp_path / place, [shard])
    assert message.startswith(f"{tmp_path / place}: expected to write this folder") and "directory" in message


@pytest.mark.parametrize("change", ["quality", "flat", "size", "gone", "another"])
def test_a_cover_that_is_not_the_shard_s_is_named(tmp_path, change):
    folder = encoded(tmp_path)
    shard = embedded(folder, tmp_path / "a.h5")
    if change == "quality":
        covers.encode(folder, tmp_path / "pgm", 80)
    elif change in ("flat", "size"):
        jpeg.encode(folder / "0.jpg", np.full((40, 40 if change == "flat" else 48), 90, np.uint8), 75)
    elif change == "gone":
        (folder / "0.jpg").unlink()
    else:
        shutil.copy(folder / "1.jpg", folder / "0.jpg")
    message = refusal(export.stegos, tmp_path / "out", [shard], [folder])
    expected = (
        "an image file, found no file" if change == "gone" else "the cover of the stego that the shard holds, got"
    )
    assert message.startswith(f"{folder / '0.jpg'}: expected {expected}")
    assert not (tmp_path / "out").exists()


def test_a_shard_without_changes_is_named(tmp_path, shard):
    message = refusal(export.stegos, tmp_path / "out", [shard], [tmp_path / "covers"])
    assert message.startswith(f"{shard}: expected changes of coefficients, got a shard without: delete it")
