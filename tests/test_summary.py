"""`workflow.report.summary`: every score of a run in one table, from files as jobs leave them."""

from pathlib import Path

import pytest
from results_on_disk import write_manifest

from models import ModelError, metrics
from stegdata import tsv
from stegdata.names import StegoSet, TrainedDetector
from workflow.report import summary

NETWORK = TrainedDetector.parse("bossbase+bows2/jmipod+uerd-q75-0.4bpnzac/xu-net-fc/t/seed-1")
FEATURES = TrainedDetector.parse("bossbase/wow-1bpp/spam-lda/seed-0")
SHARES = dict.fromkeys(summary.SHARES, 0.1 + 0.2)
MEASURED = SHARES | {"independent": 100, "size": 256, "resize": "matlab", "best_epoch": 3, "parameters": 86554}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    """Stego sets of 60 and 40 training pairs in two shards, 7 and 50; BOWS2 is for training only."""
    monkeypatch.chdir(tmp_path)
    for one in (*NETWORK.stego_set.single(), FEATURES.stego_set):
        more = [] if one.source == "bows2" else [("val", 7), ("test", 30), ("test", 20)]
        write_manifest(one, ("train", 60), ("train", 40), *more)


def scored(detector, tested, images, **more):
    path = Path(detector.scored(tested, "metrics.json"))
    path.parent.mkdir(parents=True)
    metrics.write(path, MEASURED | {"images": images} | more)
    return detector, tested


def test_pairs_of_a_combination_are_those_of_its_sets():
    (found,) = summary.collect([scored(NETWORK, NETWORK.stego_set, 200)])
    pairs = [found[f"{split}_pairs"] for split in ("train", "val", "test")]
    assert pairs == [4 * 100, 2 * 7, 2 * 50] and found["images"] == 200 and found.part == ""


def test_another_stego_set_is_read_from_where_it_was_scored():
    other = FEATURES.stego_set
    (found,) = summary.collect([scored(NETWORK, other, 100)])
    assert (found.detector, found.tested) == (NETWORK, other)
    assert (found["train_pairs"], found["test_pairs"]) == (400, 50)  # trained on its own, tested on the other


def test_parts_have_rows_of_their_own():
    part = {"images": 100, "independent": 100, "accuracy": 0.75}
    more = {"by_embedder": {"jmipod": part, "uerd": part | {"accuracy": 0.5}}, "by_quality": {"75": part}}
    whole, *parts = summary.collect([scored(NETWORK, NETWORK.stego_set, 200, **more)])
    assert [one.part for one in parts] == ["embedder jmipod", "embedder uerd", "quality 75"]
    assert [one["accuracy"] for one in parts] == [0.75, 0.5, 0.75] and whole["accuracy"] == 0.1 + 0.2
    assert {one["train_pairs"] for one in parts} == {400} and {one["images"] for one in parts} == {100}


@pytest.mark.parametrize(("detector", "rule"), [(NETWORK, "train"), (FEATURES, "fit")])
def test_cpu_time_is_that_of_the_job_that_made_the_detector(detector, rule):
    scoring = scored(detector, detector.stego_set, 200 if detector is NETWORK else 100)
    assert summary.collect([scoring])[0]["cpu_seconds"] is None
    Path(detector.benchmark(rule)).parent.mkdir(parents=True)
    tsv.write(detector.benchmark(rule), ("s", "cpu_time"), [("1", "2.5")])
    assert summary.collect([scoring])[0]["cpu_seconds"] == 2.5


@pytest.mark.parametrize("images", [98, 102])
def test_scores_of_other_images_than_the_manifest_are_refused(images):
    with pytest.raises(ModelError, match=f"metrics.json: expected scores of 100 test images, got {images}"):
        summary.collect([scored(FEATURES, FEATURES.stego_set, images)])


def test_a_summary_is_read_as_it_was_written():
    scorings = [scored(NETWORK, NETWORK.stego_set, 200), scored(NETWORK, FEATURES.stego_set, 100)]
    nothing = {"parameters": None, "best_epoch": None, "loss": None}
    scorings.append(scored(FEATURES, FEATURES.stego_set, 100, **nothing, by_quality={"75": {"accuracy": 1.0}}))
    found = summary.collect(scorings)
    summary.write(Path("summary.csv"), found)
    assert summary.read(Path("summary.csv")) == found and len(found) == 4
    header = Path("summary.csv").read_text().splitlines()[0]
    assert header.split(",") == list(summary.COLUMNS)
    assert StegoSet.parse("bossbase/wow-1bpp") == found[2].tested
