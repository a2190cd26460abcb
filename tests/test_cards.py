"""`stegdata.cards`: every number of a card is that of its shards."""

import json

import numpy as np
import pytest
from making_shards import build, fill
from refusals import refusal

from stegdata import cards, exclusions, manifest, shards, splits
from stegdata.exclusions import LEFT_OUT, NOTED, Exclusion
from stegdata.files import sha256
from stegdata.names import PRECOMPUTED
from stegdata.sources import KINDS

MORE = {"citation": "Some|one, 2011", "numpy_version": "2.0", "pillow_version": "11"}


@pytest.fixture
def made(tmp_path):
    """Two shards of different names, their manifest, split and exclusions, in the folder of their stego set."""
    folder = tmp_path / "bossbase" / "suniward-0.4bpp"
    fill(folder / "covers")
    fill(folder / "more", ["a", "bcd"], seed=1)
    dropped = json.dumps(["77"])
    paths = [
        build(folder, **MORE),
        build(folder, "test-000.h5", "more", split="test", dropped=1, dropped_names=dropped, **MORE),
    ]
    manifest.write(folder, paths)
    groups = {name: name[:1] for path in paths for name in map(str, shards.read(path).names)}
    rows = splits.assign(groups, {"train": 5, "val": 0, "test": 2}, order="sorted", seed=1, shard_pairs=9, source="s")
    splits.write(folder / "split.tsv", rows)
    missing = [Exclusion(f"{n:02d}", LEFT_OUT, "as a stego is missing") for n in range(12)]
    exclusions.write(folder / "exclusions.tsv", [*missing, Exclusion("a", NOTED, "for an overlay")])
    return folder


def card(made, kind="bossbase", **facts):
    path = made / "card.md"
    tables = {"split_path": made / "split.tsv", "exclusions_path": made / "exclusions.tsv"}
    cards.write(path, made / "SHA256SUMS", kind=KINDS[kind], facts=facts, **tables)
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
        assert cells(text, file) == [[sha256(made / file)]]
    assert cells(text, "val") == [["0", "0", "0", "0"]]
    assert cells(text, "split.tsv") == [[sha256(made / "split.tsv")]]
    assert "numpy 2.0, pillow 11" in text


def test_what_was_left_out_is_counted_with_its_reason(made):
    text = card(made)
    assert "- 12 covers left out, as a stego is missing: 00, 01, 02, 03, 04, 05, 06, 07, 08, 09, ...\n" in text
    assert "- 1 covers left out, as the stego equals its cover: 77\n" in text
    assert "- 1 covers noted, for an overlay: a\n" in text
    exclusions.write(made / "exclusions.tsv", [])
    assert "Nothing." not in card(made)


@pytest.mark.parametrize("kind", KINDS)
def test_licence_and_citations_are_told(made, kind):
    text, known = card(made, kind), KINDS[kind]
    assert known.licence in text and known.citation in text and "Some|one, 2011" in text


def test_of_precomputed_pairs_the_payload_is_an_estimate(made):
    paths = [build(made, payload=PRECOMPUTED, **MORE)]
    manifest.write(made, paths)
    text = card(made)
    assert cells(text, "payload asked") == [["not told by who embedded"]] and "An estimate, in bpp" in text


def test_the_same_data_give_the_same_card(made):
    assert card(made) == card(made)


def test_a_group_in_two_splits_is_refused(made):
    path = made / "split.tsv"
    header, *lines, last = path.read_text().splitlines()
    path.write_text("\n".join([header, *lines, "\t".join([last.split("\t")[0], "1", "test", "0"])]) + "\n")
    assert "split.tsv: expected group 1 in one split, got it in two" in refusal(card, made)
    assert not (made / "card.md").exists()


def test_a_broken_manifest_or_table_of_exclusions_is_refused(made):
    (made / "exclusions.tsv").write_text("cover\tmore\nx\ty\n")
    assert "exclusions.tsv: expected a table of cover, what, reason, got no column what" in refusal(card, made)
    (made / "SHA256SUMS").write_text("")
    assert "SHA256SUMS: expected lines of sha256sum, got a last one that is cut off" in refusal(card, made)
    (made / "SHA256SUMS").write_text("# no file\n")
    assert "expected shards, got none" in refusal(card, made)
    (made / "SHA256SUMS").write_text("shard\tsha256\n")
    assert "SHA256SUMS: expected lines of sha256sum, got b'shard" in refusal(card, made)
    (made / "SHA256SUMS").unlink()
    assert "SHA256SUMS: expected lines of sha256sum, found no file" in refusal(card, made)
