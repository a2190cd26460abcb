"""`stegdata.cards`: every number of a card is that of its shards."""

import json

import numpy as np
import pytest
from test_shards import build, fill

from stegdata import cards, manifest, shards, splits
from stegdata.errors import DataError
from stegdata.exclusions import LEFT_OUT, NOTED, Remark
from stegdata.sources import databases

MORE = {"citation": "Some|one, 2011", "numpy_version": "2.0", "pillow_version": "11"}


@pytest.fixture
def made(tmp_path):
    """Two shards of different names, their manifest, split and remarks."""
    fill(tmp_path / "covers")
    fill(tmp_path / "more", ["a", "bcd"], seed=1)
    dropped = json.dumps(["77"])
    paths = [
        build(tmp_path, **MORE),
        build(tmp_path, "test-000.h5", "more", split="test", dropped=1, dropped_names=dropped, **MORE),
    ]
    manifest.write(tmp_path / "manifest.tsv", paths)
    groups = {name: name[:1] for path in paths for name in map(str, shards.read(path).names)}
    rows = splits.assign(groups, {"train": 5, "val": 0, "test": 2}, order="sorted", seed=1, shard_pairs=9, source="s")
    splits.write(tmp_path / "split.tsv", rows)
    noted = [Remark(f"{n:02d}", LEFT_OUT, "as a stego is missing") for n in range(12)] + [
        Remark("a", NOTED, "for an overlay")
    ]
    remarks.write(tmp_path / "remarks.tsv", noted)
    return tmp_path


def card(made, kind="bossbase", **facts):
    path = made / "suniward-0.4bpp.md"
    tables = {"split_path": made / "split.tsv", "remarks_path": made / "remarks.tsv"}
    cards.write(path, made / "manifest.tsv", known=databases.DATABASES[kind], facts=facts, **tables)
    return path.read_text()


def cells(text, first):
    """The cells of the table rows that begin so."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [line[1:] for line in lines if line[0] == first]


def test_the_numbers_are_those_of_the_shards(made):
    text = card(made, order="sorted")
    assert text.startswith("# bossbase / suniward-0.4bpp\n")
    assert cells(text, "embedder") == [["suniward, version 1"]] and cells(text, "payload asked") == [["0.4 bpp"]]
    assert cells(text, "pixels") == [["16x16, matlab"]] and cells(text, "order") == [["sorted"]]
    for split, file in (("train", "train-000.h5"), ("test", "test-000.h5")):
        shard = shards.read(made / file)
        counts, measured = cells(text, split)
        groups = {name[:1] for name in map(str, shard.names)}
        assert counts == [str(len(shard.names)), str(len(groups)), str(len(shard.names)), "1"]
        payload, rate = shard.entropy_bits / shard.elements, shard.change_rate
        expected = [f(values) for values in (payload, rate) for f in (np.mean, np.min, np.max)]
        assert np.allclose([float(cell) for cell in measured], expected, atol=1e-6)
        assert cells(text, file) == [[shards.sha256(made / file)]]
    assert cells(text, "val") == [["0", "0", "0", "0"]]
    assert cells(text, "split.tsv") == [[shards.sha256(made / "split.tsv")]]
    assert "numpy 2.0, pillow 11" in text


def test_what_was_left_out_is_counted_with_its_reason(made):
    text = card(made)
    assert "- 12 covers left out, as a stego is missing: 00, 01, 02, 03, 04, 05, 06, 07, 08, 09, ...\n" in text
    assert "- 1 covers left out, as the stego equals its cover: 77\n" in text
    assert "- 1 covers noted, for an overlay: a\n" in text
    remarks.write(made / "remarks.tsv", [])
    assert "Nothing." not in card(made)


@pytest.mark.parametrize("kind", databases.DATABASES)
def test_licence_and_citations_are_told(made, kind):
    text, known = card(made, kind), databases.DATABASES[kind]
    assert known.licence in text and known.citation in text and "Some|one, 2011" in text


def test_of_ready_made_pairs_the_payload_is_an_estimate(made):
    paths = [build(made, payload="given", **MORE)]
    manifest.write(made / "manifest.tsv", paths)
    text = card(made)
    assert cells(text, "payload asked") == [["not told by who embedded"]] and "An estimate, in bpp" in text


def test_the_same_data_give_the_same_card(made):
    assert card(made) == card(made)


def test_a_group_in_two_splits_is_refused(made):
    path = made / "split.tsv"
    header, *lines, last = path.read_text().splitlines()
    path.write_text("\n".join([header, *lines, "\t".join([last.split("\t")[0], "1", "test", "0"])]) + "\n")
    with pytest.raises(DataError, match=r"split\.tsv: expected group 1 in one split, got it in two"):
        card(made)
    assert not (made / "suniward-0.4bpp.md").exists()


def test_a_broken_manifest_or_remark_is_refused(made):
    (made / "remarks.tsv").write_text("cover\tmore\nx\ty\n")
    with pytest.raises(DataError, match=r"remarks\.tsv: expected a table of cover, what, reason"):
        card(made)
    (made / "manifest.tsv").write_text("shard\tsplit\tpairs\tsha256\n")
    with pytest.raises(DataError, match="expected shards, got none"):
        card(made)
    (made / "manifest.tsv").unlink()
    with pytest.raises(DataError, match=r"manifest\.tsv: expected a table of shard, split, pairs, sha256"):
        card(made)
