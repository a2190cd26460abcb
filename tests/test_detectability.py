"""P_E against payload: the numbers, their intervals, what is compared with what, and the figure."""

import base64
from itertools import pairwise, product

import numpy as np
import pytest
from PIL import Image
from results_on_disk import detector_of, write_scores, write_split

from models.metrics import summarise
from models.scores import Scores
from workflow.report import detectability, page


@pytest.fixture
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def scored(values, labels):
    count = len(values)
    names = [f"{i // 2}" for i in range(count)]
    none = np.zeros(count, np.int64)
    return Scores(["a"] * count, ["wow"] * count, names, none, np.asarray(labels), np.asarray(values))


def random_scores(rng, pairs, shift=1.0, digits=8):
    labels = np.tile([0, 1], pairs)
    values = 1 / (1 + np.exp(-(rng.normal(size=2 * pairs) + shift * labels)))
    return scored(values.round(digits), labels)


@pytest.mark.parametrize("digits", [1, 8])
def test_p_e_is_that_of_the_metrics(digits):
    """Ties count as one threshold; one resample that takes every image once gives the estimate."""
    rng = np.random.default_rng(1)
    for shift in (-1, 0, 0.5, 3):
        one = random_scores(rng, 40, shift, digits)
        expected = min(summarise(one.labels, one.values)["p_e"], 0.5)
        assert detectability.interval([one], one.names)["p_e"] == pytest.approx(expected, abs=1e-12)


def test_a_resample_counts_images_as_often_as_they_were_drawn():
    rng = np.random.default_rng(2)
    one = random_scores(rng, 12)
    weights = rng.integers(0, 3, (20, 24)).astype(float)
    for drawn, found in zip(weights, detectability._p_e(one, weights), strict=True):
        rows = np.repeat(np.arange(24), drawn.astype(int))
        repeated = summarise(one.labels[rows], one.values[rows])["p_e"]
        assert found == pytest.approx(min(repeated, 0.5), abs=1e-12)


def test_interval_widens_with_groups_and_holds_the_estimate():
    one = random_scores(np.random.default_rng(3), 300)
    alone = detectability.interval([one], [str(i) for i in range(600)])
    tens = detectability.interval([one], [str(i // 20) for i in range(600)])
    for row in (alone, tens):
        assert 0 <= row["p_e_low"] < row["p_e_high"] <= 0.5
    # the same scores in 10 groups of equal copies say less
    copied = random_scores(np.random.default_rng(4), 10)
    many = scored(np.tile(copied.values, 30), np.tile(copied.labels, 30))
    few = detectability.interval([many], list(np.tile(copied.names, 30)))
    free = detectability.interval([many], [str(i) for i in range(600)])
    assert few["p_e_high"] - few["p_e_low"] > 2 * (free["p_e_high"] - free["p_e_low"])


def test_one_group_has_no_interval():
    row = detectability.interval([random_scores(np.random.default_rng(5), 4)], ["patient"] * 8)
    assert (row["p_e_low"], row["p_e_high"]) == ("", "")


def write_run(payloads=(0.2, 0.4), embedders=("suniward", "wow"), left_out=None, seeds=(1,)):
    """Scores of a detector on every embedder and payload; `left_out` is a stego set that lacks one cover."""
    rng = np.random.default_rng(6)
    write_split("a", [f"photo{i // 2}" for i in range(30)])
    detectors = [
        detector_of(f"a/{embedder}-{payload}bpp/spam-lda/seed-{seed}")
        for embedder, payload, seed in product(embedders, payloads, seeds)
    ]
    for detector in detectors:
        one = random_scores(rng, 30, detector.stego_set.payload * 4)
        kept = 58 if left_out == str(detector.stego_set) else 60
        write_scores(detector, one.values[:kept])
    return detectors


def test_rows_by_embedder_and_payload(working_folder):
    table = detectability.build(write_run(), ["a"])
    assert [(row["embedder"], row["payload"]) for row in table.rows] == list(
        product(["suniward", "wow"], ["0.2 bpp", "0.4 bpp"])
    )
    for row in table.rows:
        assert (row["source"], row["quality"], row["detector"]) == ("a", "", "spam-lda")
        assert (row["images"], row["groups"], row["seeds"]) == (60, 15, 1)
        assert row["p_e_low"] <= row["p_e"] <= row["p_e_high"]


def test_embedders_are_compared_on_the_covers_that_all_have(working_folder):
    rows = detectability.build(write_run(left_out="a/wow-0.4bpp"), ["a"]).rows
    assert {row["images"] for row in rows} == {58}


def test_one_payload_is_no_curve(working_folder):
    assert detectability.build(write_run(payloads=[0.4]), ["a"]).rows == []


def test_seeds_are_one_point(working_folder):
    rows = detectability.build(write_run(seeds=(1, 2)), ["a"]).rows
    assert {row["seeds"] for row in rows} == {2} and len(rows) == 4


def test_figure_in_three_formats_with_the_same_bytes(working_folder, tmp_path):
    rows = detectability.build(write_run(), ["a"]).rows
    rows += [row | {"detector": "other"} for row in rows]
    for name in ("one", "two"):
        detectability.draw(tmp_path / name, rows)
    for ending in ("png", "svg", "pdf"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
    svg = (tmp_path / "one.svg").read_text()
    assert "suniward" in svg and "payload (bpp)" in svg
    assert np.asarray(Image.open(tmp_path / "one.png")).std() > 5


def test_table_reads_well(working_folder, tmp_path):
    detectability.build(write_run(), ["a"]).write(tmp_path)
    text = (tmp_path / "detectability.md").read_text()
    assert "95 % interval" in text and "p e high" not in text
    assert len((tmp_path / "detectability.csv").read_text().splitlines()) == 5


def test_the_page_offers_what_there_is(tmp_path):
    for ending in ("svg", "csv", "pdf"):
        (tmp_path / f"one.{ending}").write_text(ending)
    assert base64.b64decode(page._figure(tmp_path / "one")["pdf"].rpartition(",")[2]) == b"pdf"
    (tmp_path / "one.pdf").unlink()
    assert page._figure(tmp_path / "one")["pdf"] == ""


def test_names_lie_apart_and_near_their_lines():
    assert detectability.apart([0.5, 0.3, 0.1], 0.03) == pytest.approx([0.5, 0.3, 0.1])
    assert detectability.apart([0.3, 0.3, 0.3], 0.03) == pytest.approx([0.33, 0.3, 0.27])
    found = detectability.apart([0.376, 0.371, 0.359, 0.35, 0.34, 0.292], 0.033)
    assert all(a - b > 0.0329 for a, b in pairwise(found))
