"""`stegdata.covers`: folders of PGMs or JPEGs that appear whole or not at all; kills are in test_files."""

import io
import os
import subprocess

import numpy as np
import pytest
from making_covers import make, photographs
from making_shards import embed, encoded, pairs_of
from PIL import Image
from refusals import refusal

from stegdata import checksums, covers, shards, sources
from stegdata.errors import DataError
from stegdata.files import sha256
from stegdata.formats import images
from stegdata.sources import sample


def left(tmp_path):
    """Files and folders besides the photographs and manifests (which tests/test_verify.py looks at)."""
    found = (file for file in tmp_path.rglob("*") if "photos" not in file.parts and file.name != "SHA256SUMS")
    return sorted(file.relative_to(tmp_path).as_posix() for file in found)


@pytest.mark.parametrize("resize", images.METHODS)
def test_covers_are_resized_pgms(tmp_path, resize):
    photographs(tmp_path / "photos")
    make(tmp_path, "31", resize=resize)
    assert left(tmp_path) == ["train-000", "train-000/1.pgm", "train-000/3.pgm"]
    for name in "13":
        image = images.read(tmp_path / "photos" / f"{name}.png")
        cover = images.read_pgm(tmp_path / "train-000" / f"{name}.pgm")
        assert np.array_equal(cover, images.resize(image, 16, resize))


def test_the_sample_becomes_a_shard(tmp_path):
    names = list(sample.tiles(64))[:3]
    covers.make(tmp_path / "a" / "val-000", sources.opened("sample", None, size=64), names, size=64, resize="crop")
    shards.build(tmp_path / "a.h5", pairs_of(tmp_path / "a" / "val-000", embed), {"split": "val"})
    read = shards.read(tmp_path / "a.h5")
    assert read.names.tolist() == sorted(names)
    assert all(np.array_equal(cover, sample.tile(name, 64)) for name, cover in zip(read.names, read.cover, strict=True))


def test_names_from_nested_folders_make_files_of_one_folder(tmp_path):
    photographs(tmp_path / "photos" / "a" / "b")
    names = list(sources.opened("folder", tmp_path / "photos").listing().groups)
    make(tmp_path, names)
    assert left(tmp_path)[1:] == [f"train-000/a__b__{number}.pgm" for number in range(5)]


def test_made_again_a_folder_holds_the_new_covers_only(tmp_path):
    photographs(tmp_path / "photos")
    make(tmp_path, "01")
    make(tmp_path, "2")
    assert left(tmp_path) == ["train-000", "train-000/2.pgm"]


@pytest.mark.parametrize("there", [True, False])
def test_a_bad_image_in_the_middle_leaves_what_was_there(tmp_path, there):
    photographs(tmp_path / "photos")
    if there:
        make(tmp_path, "4")
    before = left(tmp_path)
    (tmp_path / "photos" / "2.png").write_bytes((tmp_path / "photos" / "2.png").read_bytes()[:200])
    assert "2.png" in refusal(make, tmp_path)
    assert left(tmp_path) == before


def test_an_image_too_small_is_named(tmp_path):
    photographs(tmp_path / "photos")
    Image.fromarray(np.zeros((15, 60), np.uint8)).save(tmp_path / "photos" / "3.png")
    message = refusal(make, tmp_path)
    assert message.startswith(f"{tmp_path / 'train-000'}: 3: ") and "at least 16×16" in message and "15×60" in message
    assert left(tmp_path) == []


def test_an_unreadable_image_hides_none_that_is_too_small(tmp_path):
    photographs(tmp_path / "photos")
    (tmp_path / "photos" / "1.png").write_bytes((tmp_path / "photos" / "1.png").read_bytes()[:200])
    for name in "34":
        Image.fromarray(np.zeros((15, 60), np.uint8)).save(tmp_path / "photos" / f"{name}.png")
    with pytest.raises(DataError) as caught:
        make(tmp_path)
    assert sorted(caught.value.reasons) == [str(tmp_path / "photos" / "1.png"), "3", "4"]
    assert "2 more" in str(caught.value) and left(tmp_path) == []


def test_a_missing_image_leaves_nothing(tmp_path):
    photographs(tmp_path / "photos")
    with pytest.raises(DataError, match="expected image 9, found none"):
        make(tmp_path, "0129")
    assert left(tmp_path) == []


# ---------------------------------------------------------------------------------------- JPEG


@pytest.mark.parametrize("quality", [75, 90, 95])
def test_covers_are_encoded(tmp_path, quality):
    folder = encoded(tmp_path, quality, side=37)
    assert [file.name for file in sorted(folder.iterdir())] == ["0.jpg", "1.jpg", "2.jpg", "SHA256SUMS"]
    for file in folder.glob("*.jpg"):
        stream = io.BytesIO()
        Image.open(tmp_path / "pgm" / f"{file.stem}.pgm").save(stream, "JPEG", quality=quality)
        with Image.open(file) as ours, Image.open(stream) as pillow:
            assert ours.mode == "L" and ours.quantization == pillow.quantization
            assert np.array_equal(np.array(ours), np.array(pillow))


def test_encoding_that_fails_leaves_what_was_there(tmp_path):
    folder = encoded(tmp_path)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    (tmp_path / "pgm" / "1.pgm").write_bytes(b"P5\n")
    assert "1.pgm: expected" in refusal(covers.encode, folder, tmp_path / "pgm", 90)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    with pytest.raises(DataError, match=r"none: expected covers \(\*\.pgm or \*\.jpg\), found none"):
        covers.encode(tmp_path / "other", tmp_path / "none", 75)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["jpg", "pgm"]


@pytest.mark.parametrize("ending", ["pgm", "jpg"])
def test_a_cover_that_changed_since_it_was_written_is_not_embedded_in(tmp_path, ending):
    folder = encoded(tmp_path).parent / ending
    checksums.write(folder)
    file = sorted(folder.glob(f"*.{ending}"))[-1]
    well = file.read_bytes()
    file.write_bytes(well[:-20] + bytes([well[-20] ^ 1]) + well[-19:])
    message = refusal(list, covers.each(folder))
    assert f"{file}: expected sha256 " in message and "it was changed since it was written; delete" in message
    (folder / "SHA256SUMS").unlink()  # a folder of the user's own
    assert len(list(covers.each(folder))) == 3


def test_sha256sum_itself_checks_the_sums(tmp_path):
    """Names with the characters that it escapes, and with bytes that are no UTF-8."""
    names = ["1.pgm", "a\\b.pgm", "a\nb.pgm", "é ü.pgm", os.fsdecode(b"caf\xe9.pgm")]
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(bytes([number]))
    checksums.write(tmp_path, comment=checksums.STEGOS)
    assert checksums.read(tmp_path) == {name: sha256(tmp_path / name) for name in names}
    checked = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True)
    assert checked.returncode == 0 and checked.stdout.count(b": OK") == len(names)
    expected = subprocess.run(["sha256sum", *sorted(names)], cwd=tmp_path, capture_output=True, check=True).stdout
    assert (tmp_path / "SHA256SUMS").read_bytes() == checksums.STEGOS + expected
