"""P_E against payload: the numbers, their intervals, what is compared with what, and the figure."""

import base64
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from results_on_disk import detector_of, records, write_scores, write_split

from models.metrics import summarise
from models.scores import Scores
from workflow.report import detectability, intervals, page


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
    """Ties count as one threshold; a resample that takes every image once gives the estimate."""
    rng = np.random.default_rng(1)
    for shift in (-1, 0, 0.5, 3):
        scores = random_scores(rng, 40, shift, digits)
        expected = min(summarise(scores.labels, scores.values)["p_e"], 0.5)
        assert intervals.p_e([scores], scores.names)[0] == pytest.approx(expected, abs=1e-12)


def test_a_resample_counts_images_as_often_as_they_were_drawn():
    rng = np.random.default_rng(2)
    scores = random_scores(rng, 12)
    weights = rng.integers(0, 3, (20, 24)).astype(float)
    for drawn, p_e in zip(weights, intervals.weighted_p_e(scores, weights), strict=True):
        rows = np.repeat(np.arange(24), drawn.astype(int))
        repeated = summarise(scores.labels[rows], scores.values[rows])["p_e"]
        assert p_e == pytest.approx(min(repeated, 0.5), abs=1e-12)


def test_interval_widens_with_groups():
    scores = random_scores(np.random.default_rng(3), 300)
    for images_of_a_group in (1, 20):
        _, low, high = intervals.p_e([scores], [str(i // images_of_a_group) for i in range(600)])
        assert 0 <= low < high <= 0.5
    # the same scores in 10 groups of equal copies say less
    copied = random_scores(np.random.default_rng(4), 10)
    many = scored(np.tile(copied.values, 30), np.tile(copied.labels, 30))
    _, low, high = intervals.p_e([many], list(np.tile(copied.names, 30)))
    _, free_low, free_high = intervals.p_e([many], [str(i) for i in range(600)])
    assert high - low > 2 * (free_high - free_low)


def test_one_group_has_no_interval():
    scores = random_scores(np.random.default_rng(5), 4)
    assert np.isnan(intervals.p_e([scores], ["patient"] * 8)[1:]).all()


def write_run(payloads=(0.2, 0.4), embedders=("suniward", "wow"), left_out=None, seeds=(1,)):
    """Scores of a detector on every embedder and payload; `left_out` is a stego set that lacks one cover."""
    rng = np.random.default_rng(6)
    write_split("a", [f"photo{i // 2}" for i in range(30)])
    detectors = [
        detector_of(f"a/{embedder}-{payload}bpp/spam-lda/seed-{seed}")
        for embedder, payload, seed in product(embedders, payloads, seeds)
    ]
    for detector in detectors:
        scores = random_scores(rng, 30, detector.stego_set.payload * 4)
        kept = 58 if left_out == str(detector.stego_set) else 60
        write_scores(detector, scores.values[:kept])
    return detectors


def build(**run):
    return detectability.build(write_run(**run), ["a"])


def test_rows_by_embedder_and_payload(working_folder):
    rows = records(build().rows)
    assert [(row["embedder"], row["payload"]) for row in rows] == list(
        product(["suniward", "wow"], ["0.2 bpp", "0.4 bpp"])
    )
    for row in rows:
        assert (row["source"], row["quality"], row["detector"]) == ("a", "", "spam-lda")
        assert (row["images"], row["groups"], row["seeds"]) == (60, 15, 1)
        assert row["p_e_low"] <= row["p_e"] <= row["p_e_high"]


def test_embedders_are_compared_on_the_covers_that_all_have(working_folder):
    assert set(build(left_out="a/wow-0.4bpp").rows["images"]) == {58}


def test_one_payload_is_no_curve_and_seeds_are_one_point(working_folder):
    assert not len(build(payloads=[0.4]).rows)
    assert build(seeds=(1, 2)).rows["seeds"].tolist() == [2] * 4


def test_figure_in_three_formats_with_the_same_bytes(working_folder, tmp_path):
    rows = build().rows
    rows = pd.concat([rows, rows.assign(detector="other")])
    for name in ("one", "two"):
        detectability.draw(tmp_path / name, rows)
    for ending in ("png", "svg", "pdf"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
    svg = (tmp_path / "one.svg").read_text()
    assert "suniward" in svg and "payload (bpp)" in svg
    assert np.asarray(Image.open(tmp_path / "one.png")).std() > 5


def test_table_reads_well(working_folder, tmp_path):
    build().write(tmp_path)
    text = (tmp_path / "detectability.md").read_text()
    assert "95 % interval" in text and "p e high" not in text
    assert len((tmp_path / "detectability.csv").read_text().splitlines()) == 5


def test_the_page_offers_what_there_is(tmp_path):
    (tmp_path / "figure.pdf").write_text("pdf")
    assert base64.b64decode(page.address(tmp_path / "figure.pdf").rpartition(",")[2]) == b"pdf"
    assert page.address(tmp_path / "figure.svg") == ""


def test_names_lie_apart_and_near_their_lines():
    assert detectability.apart([0.5, 0.3, 0.1], 0.03) == pytest.approx([0.5, 0.3, 0.1])
    assert detectability.apart([0.3, 0.3, 0.3], 0.03) == pytest.approx([0.33, 0.3, 0.27])
    heights = detectability.apart([0.376, 0.371, 0.359, 0.35, 0.34, 0.292], 0.033)
    assert all(a - b > 0.0329 for a, b in pairwise(heights))
