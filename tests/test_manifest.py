"""What `stegdata.shards` makes of several shards: the manifest, and stegos as image files."""

import csv
import hashlib

import numpy as np
import pytest
from test_shards import NAMES, build, fill, refusal

from stegdata import images, shards


@pytest.fixture
def shard(tmp_path):
    fill(tmp_path / "covers")
    return build(tmp_path)


def test_the_manifest_holds_what_hashlib_says(tmp_path, shard):
    fill(tmp_path / "more", ["a", "b"])
    other = build(tmp_path, "test-000.h5", "more", split="test")
    shards.write_manifest(tmp_path / "manifest.tsv", [shard, str(other)])
    with (tmp_path / "manifest.tsv").open(newline="") as file:
        table = list(csv.reader(file, delimiter="\t"))
    assert table == [
        ["shard", "split", "pairs", "sha256"],
        ["train-000.h5", "train", "5", hashlib.sha256(shard.read_bytes()).hexdigest()],
        ["test-000.h5", "test", "2", hashlib.sha256(other.read_bytes()).hexdigest()],
    ]


def test_a_manifest_over_a_broken_shard_is_not_written(tmp_path, shard):
    shards.write_manifest(tmp_path / "manifest.tsv", [shard])
    before = (tmp_path / "manifest.tsv").read_bytes()
    shard.write_bytes(shard.read_bytes()[:900])
    assert "train-000.h5" in refusal(shards.write_manifest, tmp_path / "manifest.tsv", [shard])
    assert (tmp_path / "manifest.tsv").read_bytes() == before


@pytest.mark.parametrize("split", ["../..", "training", 3])
def test_an_unknown_split_is_refused(tmp_path, split):
    fill(tmp_path / "covers")
    path = build(tmp_path, split=split)
    assert "expected split train, val, test" in refusal(shards.write_manifest, tmp_path / "manifest.tsv", [path])
    assert "expected split train, val, test" in refusal(shards.export, tmp_path / "stegos", [path])
    assert not (tmp_path / "manifest.tsv").exists() and not (tmp_path / "stegos").exists()


def test_export_writes_the_stegos(tmp_path, shard):
    fill(tmp_path / "more", ["1"])
    shards.export(tmp_path / "stegos", [shard, build(tmp_path, "test-000.h5", "more", split="test")])
    files = sorted(file.relative_to(tmp_path / "stegos").as_posix() for file in tmp_path.glob("stegos/**/*.*"))
    assert files == sorted([f"train/{name}.pgm" for name in NAMES] + ["test/1.pgm"])
    read = shards.read(shard)
    for name, stego in zip(read.names, read.stego, strict=True):
        assert np.array_equal(images.read_pgm(tmp_path / "stegos" / "train" / f"{name}.pgm"), stego)


def test_export_of_two_covers_of_one_name_is_refused(tmp_path, shard):
    """A union of data bases has a `1` from each: one would silently replace the other."""
    fill(tmp_path / "more", ["1"])
    other = build(tmp_path, "train-001.h5", "more")
    assert "got '1'" in refusal(shards.export, tmp_path / "stegos", [shard, other])


def test_export_never_leaves_its_folder(tmp_path, shard):
    parts = vars(shards.read(shard))
    shards.write(tmp_path / "bad.h5", shards.Shard(**parts | {"names": np.array(["../../out", *NAMES[1:]])}))
    assert "'../../out'" in refusal(shards.export, tmp_path / "a" / "b" / "stegos", [tmp_path / "bad.h5"])
    assert not list(tmp_path.rglob("out.pgm"))


def test_export_to_a_place_that_cannot_be_written_is_refused(tmp_path, shard):
    (tmp_path / "file").write_bytes(b"")
    assert "Not a directory" in refusal(shards.export, tmp_path / "file" / "stegos", [shard])
