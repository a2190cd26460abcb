"""Covers that an embedder refuses: left out of one stego set, named, and a limit on their number."""

import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from making_shards import NAMES, fill
from pandas import DataFrame

import embedders
from models import ModelError
from models.dataset import Pairs
from stegdata import embedding, exclusions, history, manifest, probabilities, shards, tsv
from stegdata.errors import Refused
from stegdata.exclusions import NOTED, Exclusion
from stegdata.formats import images
from stegdata.names import StegoSet
from workflow.report import run
from workflow.report.table import Table

STEGO_SET = StegoSet.parse("a/wow-0.4bpp")
DESCRIBED = {"split": "train", "resize": "crop"}
ALL_WET = "all 256 elements are wet"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Covers of noise, and one without any detail."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "covers")
    images.write_pgm(tmp_path / "covers" / "flat.pgm", np.full((16, 16), 99, np.uint8))
    Path(STEGO_SET.shards).mkdir(parents=True)
    return tmp_path / "covers"


def shard(folder, **options):
    path = Path(f"{STEGO_SET.shards}/train-000.h5")
    told = embedding.shard(path, folder, STEGO_SET, seed=1, described=DESCRIBED, **options)
    return path, told


def test_it_is_left_out_and_named_and_the_rest_has_the_same_bytes(folder):
    with patch.object(embedders, "embed", side_effect=embedders.embed) as embed:
        path, told = shard(folder, left_out=1)
    assert embed.call_count == len(NAMES) + 1
    found = shards.read(path)
    assert sorted(found.names) == sorted(NAMES) and told.startswith("5 pairs, 1 left out, ")
    assert list(shards.left_out(found)) == ["flat"] and ALL_WET in shards.left_out(found)["flat"]
    (folder / "flat.pgm").unlink()
    shards.build(Path("same.h5"), embedding.embedded(folder, STEGO_SET, 1), found.attributes)
    assert Path("same.h5").read_bytes() == path.read_bytes()
    alone, _ = shard(folder)
    without = shards.read(alone)
    assert np.array_equal(found.stego, without.stego) and list(found.names) == list(without.names)
    assert shards.left_out(without) == {}


def test_more_than_the_limit_are_all_named_and_nothing_is_written(folder):
    images.write_pgm(folder / "grey.pgm", np.full((16, 16), 9, np.uint8))
    with pytest.raises(
        Refused, match=rf"flat.pgm: cover: {ALL_WET}.*\(1 more: grey\).*may be 1 of them: raise `left_out`"
    ):
        shard(folder, left_out=1)
    assert not list(Path(STEGO_SET.shards).iterdir())


def test_pairs_tell_the_reason(folder):
    path, _ = shard(folder, left_out=1)
    manifest.write(path.parent, [path])
    rows = tsv.read(path.with_name("pairs.tsv"), ("name", "change_rate", "left_out"))
    assert [row["name"] for row in rows if not row["change_rate"]] == ["flat"]
    assert [ALL_WET in row["left_out"] for row in rows] == [False] * 5 + [True]
    write_notes()
    note = run.note([STEGO_SET], [], 20)
    assert note.endswith("with the reason): 1 of a/wow-0.4bpp.")
    assert Table("t", "T", "Note.", DataFrame({"a": [1]})).noted(note) == f"Note. {note}"
    assert Table("e", "E", "Note.", DataFrame()).noted(note) == "Note."


def test_nothing_is_noted_where_nothing_was_left_out(folder):
    (folder / "flat.pgm").unlink()
    path, _ = shard(folder)
    manifest.write(path.parent, [path])
    write_notes()
    assert run.note([STEGO_SET], [], 20) == ""
    assert run.note([STEGO_SET], [], 19) == "Only 19 test photographs: below 20, intervals mean little."
    write_notes(
        Exclusion("flat", NOTED, f"as a JPEG file, {history.GIVEN_AWAY}"), Exclusion("flat", NOTED, "as overlay")
    )
    assert "not reduced by two: 1 of a (exclusions.tsv names them)" in run.note([STEGO_SET], [], 20)


def write_notes(*notes):
    Path("results/covers/a").mkdir(parents=True, exist_ok=True)
    exclusions.write(Path("results/covers/a/exclusions.tsv"), notes)


def probabilities_of(path, folder, rate):
    """Probabilities of every cover, the same everywhere, whatever an embedder says of it."""

    def solve(_, pixels, payload):
        return np.full(pixels.shape, rate), np.zeros(pixels.shape)

    with patch.object(embedders, "change_probabilities", solve):
        probabilities.build(Path(path), folder, STEGO_SET)


def test_probabilities_of_more_covers_than_a_shard_has_are_those_of_its_covers(folder):
    """A cover that a message left as it was has probabilities, and is in no shard."""
    (folder / "flat.pgm").unlink()
    probabilities_of("p.h5", folder, 0.1)
    images.write_pgm(folder / "2.pgm", np.full((16, 16), 99, np.uint8))
    path, _ = shard(folder, left_out=1)
    pairs = Pairs([path])
    pairs.draw_from([Path("p.h5")])
    kept = [name for name in sorted(NAMES) if name != "2"]
    assert pairs.names == kept and pairs._probabilities[0].names == kept
    (folder / "Ä__patient-7.pgm").unlink()
    probabilities_of("q.h5", folder, 0.0)
    with pytest.raises(ModelError, match="online embedding: expected change probabilities of the 4 covers"):
        Pairs([path]).draw_from([Path("q.h5")])


def test_the_reasons_survive_as_text(folder):
    path, _ = shard(folder, left_out=1)
    assert json.loads(shards.read(path).attributes[shards.LEFT_OUT]).keys() == {"flat"}
