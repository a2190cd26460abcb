"""P_E against payload: the numbers, what is compared with what, and the figure."""

import base64
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from results_on_disk import detector_of, records, write_scores

from models.metrics import summarise
from stegdata.names import TrainedDetector
from workflow.report import detectability, page, run


@pytest.fixture
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def random_values(rng, pairs, shift):
    """Scores of cover and stego of each pair in turn."""
    return 1 / (1 + np.exp(-(rng.normal(size=2 * pairs) + shift * np.tile([0, 1], pairs))))


def write_run(payloads=(0.2, 0.4), embedders=("suniward", "wow"), left_out=None, seeds=(1,)):
    """Scores of a detector on every embedder and payload; `left_out` is a stego set that lacks one cover."""
    rng = np.random.default_rng(6)
    detectors = [
        detector_of(f"a/{embedder}-{payload}bpp/spam-lda/seed-{seed}")
        for embedder, payload, seed in product(embedders, payloads, seeds)
    ]
    for detector in detectors:
        kept = 58 if left_out == str(detector.stego_set) else 60
        groups = [f"photo{image // 4}" for image in range(kept)]
        write_scores(detector, random_values(rng, 30, detector.stego_set.payload * 4)[:kept], groups=groups)
    return detectors


def build(**options):
    return detectability.build(write_run(**options), {})


def test_rows_by_embedder_and_payload(working_folder):
    rows = records(build().rows)
    assert [(row["embedder"], row["payload"]) for row in rows] == list(
        product(["suniward", "wow"], ["0.2 bpp", "0.4 bpp"])
    )
    for row in rows:
        assert (row["source"], row["quality"], row["detector"]) == ("a", "", "spam-lda")
        assert (row["images"], row["groups"], row["seeds"]) == (60, 15, 1)
        scores = run.own_scores(
            TrainedDetector.parse(f"a/{row['embedder']}-{row['payload'].replace(' ', '')}/spam-lda/seed-1")
        )
        expected = summarise(scores.labels, scores.values, scores.groups)
        for name in ("p_e", "p_e_low"):
            assert row[name] == pytest.approx(expected[name])
        assert row["p_e_high"] == pytest.approx(min(expected["p_e_high"], 0.5))


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
    assert " to 0." in text and "p e high" not in text
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
