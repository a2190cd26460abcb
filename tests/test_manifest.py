"""What is made of several shards: the manifest, unions of embedders over one split."""

import csv
import hashlib
import shutil

import pytest
from test_alaska2 import COMPILED, PHOTOGRAPHS, make, pairs_of
from test_shards import build, fill, refusal

from stegdata import export, manifest, shards, splits
from stegdata.errors import DataError
from stegdata.sources import alaska2


@pytest.fixture
def shard(tmp_path):
    fill(tmp_path / "covers")
    return build(tmp_path)


def test_the_manifest_holds_what_hashlib_says(tmp_path, shard):
    fill(tmp_path / "more", ["a", "b"])
    other = build(tmp_path, "test-000.h5", "more", split="test")
    manifest.write(tmp_path / "manifest.tsv", [shard, str(other)])
    with (tmp_path / "manifest.tsv").open(newline="") as file:
        table = list(csv.reader(file, delimiter="\t"))
    assert table == [
        ["shard", "split", "pairs", "sha256"],
        ["train-000.h5", "train", "5", hashlib.sha256(shard.read_bytes()).hexdigest()],
        ["test-000.h5", "test", "2", hashlib.sha256(other.read_bytes()).hexdigest()],
    ]


def test_a_manifest_over_a_broken_shard_is_not_written(tmp_path, shard):
    manifest.write(tmp_path / "manifest.tsv", [shard])
    before = (tmp_path / "manifest.tsv").read_bytes()
    shard.write_bytes(shard.read_bytes()[:900])
    assert "train-000.h5" in refusal(manifest.write, tmp_path / "manifest.tsv", [shard])
    assert (tmp_path / "manifest.tsv").read_bytes() == before


@pytest.mark.parametrize("split", ["../..", "training", 3])
def test_an_unknown_split_is_refused(tmp_path, split):
    fill(tmp_path / "covers")
    path = build(tmp_path, split=split)
    assert "expected split train, val, test" in refusal(manifest.write, tmp_path / "manifest.tsv", [path])
    assert "expected split train, val, test" in refusal(export.stegos, tmp_path / "stegos", [path])
    assert not (tmp_path / "manifest.tsv").exists() and not (tmp_path / "stegos").exists()


# ---------------------------------------------------------------------------------------- ALASKA2, all three embedders


@pytest.mark.skipif(not COMPILED, reason="NUMBA_DISABLE_JIT: three embedders on colour take minutes")
def test_a_cover_and_all_its_stegos_are_in_one_split(tmp_path):
    """ALASKA2, all three: the union of the embedders' shards, as `split.smk` and `given_shard.smk` make them."""
    folder = make(tmp_path / "alaska2")
    shutil.copy(folder / "Cover" / "00001.jpg", folder / "Cover" / "00002.jpg")
    shutil.copy(folder / "Cover" / "00017.jpg", folder / "JUNIWARD" / "00017.jpg")
    left_out = []
    groups = alaska2.covers(folder, left_out)
    assert [remark.cover for remark in left_out] == ["00002"]
    rows = splits.assign(
        groups, {"train": 3, "val": 1, "test": 2}, order="shuffled", seed=5, shard_pairs=2, source="alaska2-crop"
    )
    splits.write(tmp_path / "split.tsv", rows)
    placed, dropped = {}, []
    for embedder in alaska2.FOLDERS:
        for split, shard in sorted({(row.split, row.shard) for row in rows}):
            names = splits.covers_of(tmp_path / "split.tsv", split, shard)
            found = pairs_of(folder, embedder, names, dropped=dropped)
            if not found:
                continue
            path = tmp_path / f"{embedder}-{split}-{shard}.h5"
            shards.build(path, found, {"split": split})
            for name, cover in zip(*(getattr(shards.read(path), key) for key in ("names", "cover")), strict=True):
                placed.setdefault(str(name), []).append((split, shard, embedder, cover.tobytes()))
    assert dropped == ["00017"] and set(placed) == set(PHOTOGRAPHS)
    for name, places in placed.items():
        assert len({place[:2] for place in places}) == 1 and len({place[3] for place in places}) == 1
        assert {place[2] for place in places} == set(alaska2.FOLDERS) - ({"juniward"} if name == "00017" else set())
    counts = [len({name for name, places in placed.items() if places[0][0] == split}) for split in splits.SPLITS]
    assert counts == [3, 1, 2]


def test_many_covers_with_gaps_are_dealt_once(tmp_path):
    names = [f"{number:05d}" for number in range(1, 601) if number % 7 and number % 11]
    for folder in ("Cover", *alaska2.FOLDERS.values()):
        (tmp_path / folder).mkdir()
        for name in names[: -5 if folder == "UERD" else None]:
            (tmp_path / folder / f"{name}.jpg").touch()
    left_out = []
    groups = alaska2.covers(tmp_path, left_out)
    incomplete = [remark.cover for remark in left_out]
    assert list(groups) == names[:-5] and incomplete == names[-5:]
    sizes = {"train": 200, "val": 50, "test": 100}
    rows = splits.assign(groups, sizes, order="shuffled", seed=1, shard_pairs=64, source="alaska2-crop")
    assert len({row.cover for row in rows}) == len(rows) == 350 and not {row.cover for row in rows} & set(incomplete)
    with pytest.raises(DataError, match="expected covers for 400 train"):
        splits.assign(groups, sizes | {"train": 400}, order="sorted", seed=1, shard_pairs=64, source="alaska2-crop")
