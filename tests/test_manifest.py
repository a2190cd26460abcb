"""What is made of several shards: the manifest, stegos of several embedders over one split."""

import hashlib
import shutil

import pytest
from making_alaska2 import PHOTOGRAPHS, STEGOS, pairs_of
from making_shards import build, fill
from marks import needs_kernels
from refusals import refusal

from stegdata import checksums, export, manifest, shards, splits
from stegdata.names import Part
from stegdata.sources import opened


@pytest.fixture
def shard(tmp_path):
    fill(tmp_path / "covers")
    return build(tmp_path)


def test_the_sums_are_those_of_hashlib_and_cover_the_pairs(tmp_path, shard):
    fill(tmp_path / "more", ["a", "b"])
    other = build(tmp_path, "test-000.h5", "more", split="test")
    manifest.write(tmp_path, [shard, str(other)])
    assert checksums.read(tmp_path) == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (shard, other, tmp_path / "pairs.tsv")
    }
    assert manifest.pair_counts(tmp_path) == {"train": 5, "test": 2}


def test_pairs_are_listed_with_what_was_measured(tmp_path, shard):
    manifest.write(tmp_path, [shard])
    header, *lines = (tmp_path / "pairs.tsv").read_text().splitlines()
    assert header == "shard\tname\tchange_rate\tpayload\tleft_out"
    read = shards.read(shard)
    for line, name, rate, bits in zip(lines, read.names, read.change_rate, read.entropy_bits, strict=True):
        assert line == f"train-000.h5\t{name}\t{rate:.6f}\t{bits / 256:.6f}\t"


def test_a_manifest_over_a_broken_shard_is_not_written(tmp_path, shard):
    manifest.write(tmp_path, [shard])
    before = (tmp_path / "SHA256SUMS").read_bytes()
    shard.write_bytes(shard.read_bytes()[:900])
    assert "train-000.h5" in refusal(manifest.write, tmp_path, [shard])
    assert (tmp_path / "SHA256SUMS").read_bytes() == before


@pytest.mark.parametrize("split", ["../..", "training", 3])
def test_an_unknown_split_is_refused(tmp_path, split):
    fill(tmp_path / "covers")
    path = build(tmp_path, split=split)
    assert "expected split train, val, test" in refusal(manifest.write, tmp_path, [path])
    assert "expected split train, val, test" in refusal(export.stegos, tmp_path / "stegos", [path])
    assert not (tmp_path / "SHA256SUMS").exists() and not (tmp_path / "stegos").exists()


# ---------------------------------------------------------------------------------------- ALASKA2, all three embedders


@needs_kernels
def test_a_cover_and_all_its_stegos_are_in_one_split(alaska2_folder, tmp_path):
    """ALASKA2, all three embedders, as the scripts `split.py` and `precomputed.py` make them."""
    folder = shutil.copytree(alaska2_folder, tmp_path / "alaska2")
    shutil.copy(folder / "Cover" / "00001.jpg", folder / "Cover" / "00002.jpg")
    shutil.copy(folder / "Cover" / "00017.jpg", folder / "JUNIWARD" / "00017.jpg")
    listing = opened("alaska2", folder).listing()
    assert [exclusion.cover for exclusion in listing.exclusions] == ["00002"]
    sizes = {"train": 3, "val": 1, "test": 2}
    rows = splits.assign(listing.groups, sizes, order="shuffled", seed=5, shard_pairs=2, source="alaska2-crop")
    splits.write(tmp_path / "split.tsv", rows)
    placed, dropped = {}, []
    for embedder in STEGOS:
        for part in sorted({Part(row.split, row.shard) for row in rows}):
            found = pairs_of(folder, embedder, splits.covers_of(tmp_path / "split.tsv", part), dropped=dropped)
            if not found:
                continue
            path = tmp_path / f"{embedder}-{part}.h5"
            shards.build(path, found, {"split": part.split})
            for name, cover in zip(*(getattr(shards.read(path), key) for key in ("names", "cover")), strict=True):
                placed.setdefault(str(name), []).append((part, embedder, cover.tobytes()))
    assert dropped == ["00017"] and set(placed) == set(PHOTOGRAPHS)
    for name, places in placed.items():
        parts, by, pixels = map(set, zip(*places, strict=True))
        assert len(parts) == len(pixels) == 1
        assert by == set(STEGOS) - ({"juniward"} if name == "00017" else set())
    counts = [sum(places[0][0].split == split for places in placed.values()) for split in splits.SPLITS]
    assert counts == [3, 1, 2]


def test_many_covers_with_gaps_are_dealt_once(tmp_path):
    names = [f"{number:05d}" for number in range(1, 601) if number % 7 and number % 11]
    for folder in ("Cover", *STEGOS.values()):
        (tmp_path / folder).mkdir()
        for name in names[: -5 if folder == "UERD" else None]:
            (tmp_path / folder / f"{name}.jpg").touch()
    listing = opened("alaska2", tmp_path).listing()
    incomplete = [exclusion.cover for exclusion in listing.exclusions]
    assert list(listing.groups) == names[:-5] and incomplete == names[-5:]
    sizes = {"train": 200, "val": 50, "test": 100}
    deal = {"order": "shuffled", "seed": 1, "shard_pairs": 64, "source": "alaska2-crop"}
    rows = splits.assign(listing.groups, sizes, **deal)
    assert len({row.cover for row in rows}) == len(rows) == 350 and not {row.cover for row in rows} & set(incomplete)
    assert "expected covers for 400 train" in refusal(splits.assign, listing.groups, sizes | {"train": 400}, **deal)
