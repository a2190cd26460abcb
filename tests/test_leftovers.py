"""What an earlier split or release left in the working folder: only what this project made is taken away."""

import shutil
from pathlib import Path

import h5py
import pytest
from making_shards import fill

from stegdata import checksums, embedding, leftovers, tsv
from stegdata.names import StegoSet
from workflow import upgrade

STEGO_SET = StegoSet.parse("a/lsbm-0.4bpp")


@pytest.fixture
def results(tmp_path):
    """A shard and its folder of covers."""
    covers, shard = tmp_path / "results/covers/a/train-000", tmp_path / "results/shards/a/lsbm-0.4bpp/train-000.h5"
    shard.parent.mkdir(parents=True)
    covers.mkdir(parents=True)
    fill(covers)
    checksums.write(covers)
    embedding.shard(shard, covers, STEGO_SET, seed=1, described={"split": "train", "resize": "crop"})
    return tmp_path / "results"


def test_parts_of_an_earlier_split_go_and_what_is_the_users_stays(results):
    covers, shards = results / "covers/a", results / "shards/a/lsbm-0.4bpp"
    for name in ("train-001", "val-000", "val-001"):
        shutil.copytree(covers / "train-000", covers / name)
        shutil.copy(shards / "train-000.h5", shards / f"{name}.h5")
    (covers / "val-000/notes.txt").touch()
    (covers / "val-001/SHA256SUMS").unlink()
    with h5py.File(shards / "val-000.h5", "w"):
        pass
    (shards / "val-001.h5").write_bytes(b"of the user")
    (shards / "mine.h5").touch()
    assert leftovers.take_away(covers, ["train-000"]) == ["train-001"]
    assert leftovers.take_away(shards, ["train-000"]) == ["train-001.h5"]
    kept = {"train-000.h5", "val-000.h5", "val-001.h5", "mine.h5"}
    assert {path.name for path in shards.iterdir()} == kept and (covers / "train-000").is_dir()


def test_hashes_of_release_0_2_are_taken_over_and_it_is_said_once(results):
    covers, shards = results / "covers/a/train-000", results / "shards/a/lsbm-0.4bpp"
    digests = checksums.read(covers)
    (covers / "SHA256SUMS").unlink()
    tsv.write(covers / "manifest.tsv", ("cover", "sha256"), digests.items())
    tsv.write(shards / "manifest.tsv", ("shard", "split", "pairs", "sha256"), [("train-000.h5", "train", 6, "0" * 64)])
    other = results / "shards/b/mine"
    other.mkdir(parents=True)
    (other / "manifest.tsv").write_text("of the user")
    note = upgrade.take_over(results)
    assert "release 0.2" in note and "weights of networks are kept" in note and "\n" not in note
    assert checksums.read(covers) == digests and not (covers / "manifest.tsv").exists()
    assert not (shards / "manifest.tsv").exists() and (other / "manifest.tsv").exists()
    assert upgrade.take_over(results) is None and upgrade.take_over(Path("none")) is None
