"""`workflow.report.summary`: every score of a run in one frame, from files as jobs leave them."""

from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal
from results_on_disk import write_manifest

from models import ModelError, metrics
from stegdata import tsv
from stegdata.names import TrainedDetector
from workflow.report import summary

NETWORK = TrainedDetector.parse("bossbase+bows2/jmipod+uerd-q75-0.4bpnzac/xu-net-fc/t/seed-1")
FEATURES = TrainedDetector.parse("bossbase/wow-1bpp/spam-lda/seed-0")
SHARES = dict.fromkeys(summary.SHARES, 0.1 + 0.2)
MEASURED = SHARES | {"groups": 50, "size": 256, "resize": "matlab", "best_epoch": 3, "parameters": 86554}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    """Stego sets of 60 and 40 training pairs in two shards, 7 and 50; BOWS2 is for training only."""
    monkeypatch.chdir(tmp_path)
    for stego_set in (*NETWORK.stego_set.single(), FEATURES.stego_set):
        more = [] if stego_set.source == "bows2" else [("val", 7), ("test", 30), ("test", 20)]
        write_manifest(stego_set, ("train", 60), ("train", 40), *more)


def scored(detector, tested, images, **more):
    path = Path(detector.scored(tested, "metrics.json"))
    path.parent.mkdir(parents=True)
    metrics.write(path, MEASURED | {"images": images} | more)
    return detector, tested


def test_pairs_of_a_combination_are_those_of_its_sets():
    results = summary.collect([scored(NETWORK, NETWORK.stego_set, 200)])
    assert results[[*summary.PAIRS, "images", "part"]].to_numpy().tolist() == [[4 * 100, 2 * 7, 2 * 50, 200, ""]]
    assert len(summary.on_own_test_split(results)) == 1


def test_another_stego_set_is_read_from_where_it_was_scored():
    results = summary.collect([scored(NETWORK, FEATURES.stego_set, 100)])
    names = ["bossbase+bows2", "jmipod+uerd-q75-0.4bpnzac", "bossbase", "wow-1bpp", "", "xu-net", "fc", "t", 1]
    assert results[[*summary.NAMES, "seed"]].to_numpy().tolist() == [names]
    # trained on its own, tested on the other
    assert results[["train_pairs", "test_pairs"]].to_numpy().tolist() == [[400, 50]]
    assert len(summary.on_own_test_split(results)) == 0


def test_parts_have_rows_of_their_own():
    part = {"images": 100, "groups": 50, "accuracy": 0.75}
    more = {"by_embedder": {"jmipod": part, "uerd": part | {"accuracy": 0.5}}, "by_quality": {"75": part}}
    results = summary.collect([scored(NETWORK, NETWORK.stego_set, 200, **more)])
    assert results["part"].tolist() == ["", "embedder jmipod", "embedder uerd", "quality 75"]
    assert results["accuracy"].tolist() == [0.1 + 0.2, 0.75, 0.5, 0.75]
    assert results["images"].tolist() == [200, 100, 100, 100] and set(results["train_pairs"]) == {400}


@pytest.mark.parametrize(("detector", "rule"), [(NETWORK, "train"), (FEATURES, "fit")])
def test_cpu_time_is_that_of_the_job_that_made_the_detector(detector, rule):
    scoring = scored(detector, detector.stego_set, 200 if detector is NETWORK else 100)
    assert summary.collect([scoring])["cpu_seconds"].isna().all()
    Path(detector.benchmark(rule)).parent.mkdir(parents=True)
    tsv.write(detector.benchmark(rule), ("s", "cpu_time"), [("1", "2.5")])
    assert summary.collect([scoring])["cpu_seconds"].tolist() == [2.5]


@pytest.mark.parametrize("images", [98, 102])
def test_scores_of_other_images_than_the_manifest_are_refused(images):
    with pytest.raises(ModelError, match=f"metrics.json: expected scores of 100 test images, got {images}"):
        summary.collect([scored(FEATURES, FEATURES.stego_set, images)])


def test_a_summary_is_read_as_it_was_written():
    scorings = [scored(NETWORK, NETWORK.stego_set, 200), scored(NETWORK, FEATURES.stego_set, 100)]
    nothing = {"parameters": None, "best_epoch": None, "loss": None}
    scorings.append(scored(FEATURES, FEATURES.stego_set, 100, **nothing, by_quality={"75": {"accuracy": 1.0}}))
    results = summary.collect(scorings)
    summary.write(Path("summary.csv"), results)
    assert_frame_equal(summary.read(Path("summary.csv")), results)
    header, *lines = Path("summary.csv").read_text().splitlines()
    assert header.split(",") == list(summary.COLUMNS) and len(lines) == 4
    assert ",100,50,,256,,matlab,0.30000000000000004," in lines[2]  # whole numbers, nothing, every digit
