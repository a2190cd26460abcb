"""Files of features, what they are taken of, and detectors that learn from them."""

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from training_runs import SIZE, fit
from training_runs import features as data

import embedders
from models import ModelError, classifiers, detector, feature_detector, scores
from models.dataset import Pairs
from models.detector import Split
from models.features import check_domain, extract, jobs
from stegdata import DataError, covers, embedding, feature_files, shards
from stegdata.formats import images
from stegdata.names import StegoSet

SPATIAL, JPEG = (StegoSet.parse(f"sample/{name}") for name in ("wow-0.4bpp", "uerd-q75-0.4bpnzac"))


@pytest.fixture
def folders(tmp_path):
    """Covers of 64x64 as PGM and as JPEG, and a shard of each domain."""
    pgm, jpg = tmp_path / "pgm", tmp_path / "jpg"
    pgm.mkdir()
    for number in range(3):
        images.write_pgm(pgm / f"c{number}.pgm", skimage.data.camera()[64 * number :, 128:][:64, :64].copy())
    covers.encode(jpg, pgm, 75)
    described = {"split": "train", "resize": "crop"}
    embedding.shard(tmp_path / "spatial.h5", pgm, SPATIAL, seed=1, described=described)
    embedding.shard(tmp_path / "jpeg.h5", jpg, JPEG, seed=1, described=described, keep_coefficients=True)
    return tmp_path


def test_features_of_covers(folders):
    assert jobs.of_covers(folders / "pgm.h5", "spam", folders / "pgm") == "3 images"
    found = feature_files.read(folders / "pgm.h5")
    assert found.names == ["c0", "c1", "c2"] and found.covers is None
    assert found.attributes["features"] == "spam" and found.attributes["version"] == 1
    for name, vector in zip(found.names, found.vectors, strict=True):
        np.testing.assert_array_equal(vector, extract("spam", images.read(folders / "pgm" / f"{name}.pgm")))
    jobs.of_covers(folders / "jpg.h5", "dctr", folders / "jpg")
    for name, vector in zip(found.names, feature_files.read(folders / "jpg.h5").vectors, strict=True):
        np.testing.assert_array_equal(vector, extract("dctr", *covers.read(folders / "jpg" / f"{name}.jpg").arrays))


def test_features_of_stegos_are_those_of_embedding_again(folders):
    jobs.of_stegos(folders / "f.h5", "dctr", folders / "jpeg.h5", folders / "jpg", JPEG)
    found = feature_files.read(folders / "f.h5")
    for name, vector in zip(found.names, found.vectors, strict=True):
        plane, table = covers.read(folders / "jpg" / f"{name}.jpg").arrays
        seed = embedding.seed_of("uerd", 0.4, 1, JPEG.origin, name)
        made = embedders.embed("uerd", plane, table, payload=0.4, seed=seed)
        np.testing.assert_array_equal(vector, extract("dctr", made.stego, table))


@pytest.mark.parametrize(("stego_set", "shard"), [(SPATIAL, "spatial.h5"), (JPEG, "jpeg.h5")])
def test_spatial_sets_are_taken_of_the_pixels_of_both_domains(folders, stego_set, shard):
    jobs.of_stegos(folders / "f.h5", "spam", folders / shard, None, stego_set)
    stegos = shards.read(folders / shard).stego
    for stego, vector in zip(stegos, feature_files.read(folders / "f.h5").vectors, strict=True):
        np.testing.assert_array_equal(vector, extract("spam", stego))


def test_precomputed_pairs_bring_the_features_of_their_covers(folders):
    precomputed = StegoSet.parse("sample/uerd-precomputed")
    jobs.of_stegos(folders / "f.h5", "dctr", folders / "jpeg.h5", None, precomputed)
    found, shard = feature_files.read(folders / "f.h5"), shards.read(folders / "jpeg.h5")
    planes = (shard.planes[key] for key in ("quantization_table", "cover_coefficients", "stego_coefficients"))
    for row, (table, cover, stego) in enumerate(zip(*planes, strict=True)):
        np.testing.assert_array_equal(found.covers[row], extract("dctr", cover, table))
        np.testing.assert_array_equal(found.vectors[row], extract("dctr", stego, table))
    pixels = shards.read(folders / "spatial.h5")
    jobs.of_stegos(folders / "g.h5", "spam", folders / "spatial.h5", None, precomputed)
    np.testing.assert_array_equal(feature_files.read(folders / "g.h5").covers[1], extract("spam", pixels.cover[1]))
    with pytest.raises(DataError, match="expected them in the shard, got pixels alone: set keep: coefficients"):
        jobs.of_stegos(folders / "h.h5", "dctr", folders / "spatial.h5", None, precomputed)


def test_the_same_bytes_again(folders):
    for name in ("one", "two"):
        jobs.of_covers(folders / f"{name}.h5", "spam", folders / "pgm")
    assert (folders / "one.h5").read_bytes() == (folders / "two.h5").read_bytes()


def test_wrong_kinds_are_one_clear_error(folders):
    with pytest.raises(DataError, match=r"dctr is taken of JPEG covers, got c0\.pgm: name a quality"):
        jobs.of_covers(folders / "f.h5", "dctr", folders / "pgm")
    with pytest.raises(DataError, match=r"features gfr: expected stegos of the JPEG domain, got sample/wow-0\.4bpp"):
        check_domain("gfr", SPATIAL)
    with pytest.raises(DataError, match="expected the cover of the shard, got another"):
        covers.encode(folders / "other", folders / "pgm", 90)
        jobs.of_stegos(folders / "f.h5", "dctr", folders / "jpeg.h5", folders / "other", JPEG)
    assert not (folders / "f.h5").exists()
    with pytest.raises(DataError, match="expected a file of features"):
        feature_files.read(folders / "nothing.h5")
    with pytest.raises(DataError, match="expected a file of features, whole, got"):
        feature_files.read(folders / "spatial.h5")


@pytest.mark.parametrize("name", ["spam-lda", "spam-fld", "spam-ridge"])
@pytest.mark.parametrize("tell", [True, False])
def test_it_learns_what_can_be_told_and_only_that(tmp_path, name, tell):
    train, val, test = (data(tmp_path, *one, tell=tell) for one in (("train", 60, 1), ("val", 20, 2), ("test", 41, 3)))
    fit(tmp_path, name, train)
    val_accuracy = detector.evaluate(tmp_path, val, tmp_path / "val-scores.tsv")["accuracy"]
    metrics = detector.evaluate(tmp_path, test, tmp_path / "scores.tsv", tmp_path / "val-metrics.json")
    found = scores.read(tmp_path / "scores.tsv")
    assert len(found.values) == metrics["images"] == 82 and found.labels[:2].tolist() == [0, 1]
    assert metrics["accuracy"] == pytest.approx(np.mean((found.values >= 0.5) == (found.labels == 1)))
    assert metrics["accuracy"] > 0.95 if tell else 0.3 < metrics["accuracy"] < 0.7
    assert metrics["size"] == SIZE and metrics["val_accuracy"] == val_accuracy and metrics["best_epoch"] == 0
    assert metrics == json.loads((tmp_path / "metrics.json").read_text())


@pytest.mark.parametrize("name", ["spam-fld", "spam-ridge"])
def test_features_beyond_memory_are_read_in_parts_to_the_same_bytes(tmp_path, monkeypatch, name):
    train = data(tmp_path, "train", 30, 1)
    fit(tmp_path, name, train)
    before = (tmp_path / "model.npz").read_bytes()
    monkeypatch.setattr(classifiers, "IN_MEMORY", 0)
    assert isinstance(feature_detector.gather("spam", Pairs(train.shards), train), np.memmap)
    fit(tmp_path, name, train)
    assert (tmp_path / "model.npz").read_bytes() == before


def test_no_room_for_features_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(classifiers, "IN_MEMORY", 0)

    def on_a_full_disk(**_):
        return Path("/dev/full").open("wb")

    monkeypatch.setattr("tempfile.TemporaryFile", on_a_full_disk)
    train = data(tmp_path, "train", 4, 1)
    with pytest.raises(
        ModelError, match=r"expected room for 0\.0 GB of features, got No space left on device: make room"
    ):
        feature_detector.gather("spam", Pairs(train.shards), train)


def test_a_detector_is_read_back_and_scores_single_images(tmp_path):
    train, val = data(tmp_path, "train", 40, 1), data(tmp_path, "val", 10, 2)
    fit(tmp_path, "spam-fld", train)
    detector.evaluate(tmp_path, val, tmp_path / "scores.tsv")
    opened = detector.load(tmp_path)
    assert (opened.features, opened.classifier, opened.size, opened.domain) == ("spam", "fld", SIZE, "spatial")
    shard, known = shards.read(val.shards[0]), scores.read(tmp_path / "scores.tsv")
    assert opened.scores([(stego,) for stego in shard.stego]).tolist() == known.values[1::2].tolist()


def test_what_was_changed_or_does_not_belong_is_refused(tmp_path):
    train, val = data(tmp_path, "train", 20, 1), data(tmp_path, "val", 10, 2)
    with pytest.raises(ModelError, match="expected features of the pairs of its shard, got others"):
        fit(tmp_path, "spam-lda", train._replace(stego_features=val.stego_features))
    with pytest.raises(ModelError, match="expected 34671 features of srm, version 1, got 686 of spam"):
        fit(tmp_path, "srm-fld", train)
    with pytest.raises(ModelError, match="expected the description of a trained detector"):
        detector.load(tmp_path)
    fit(tmp_path, "spam-lda", train)
    content = bytearray((tmp_path / "model.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "model.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.npz: expected sha256 .* delete it and run again"):
        detector.load(tmp_path)


def test_jpegs_of_another_quality_are_refused(folders):
    """A detector knows one quantization table; of others its scores mean nothing."""
    jobs.of_covers(folders / "covers.h5", "dctr", folders / "jpg")
    jobs.of_stegos(folders / "stegos.h5", "dctr", folders / "jpeg.h5", folders / "jpg", JPEG)
    fit(folders, "dctr-ridge", Split([folders / "jpeg.h5"], [folders / "stegos.h5"], [folders / "covers.h5"]))
    opened = detector.load(folders)
    right = covers.read(folders / "jpg/c0.jpg").arrays
    assert 0 <= opened.scores([right])[0] <= 1
    covers.encode(folders / "q95", folders / "pgm", 95)
    wrong = covers.read(folders / "q95/c0.jpg").arrays
    with pytest.raises(ModelError, match="expected a JPEG of quality 75, as the detector was trained on, got 95: "):
        opened.scores([right, wrong])
    with pytest.raises(ModelError, match="got a quantization table of its own"):
        opened.scores([(right[0], right[1] + 1)])
    description = json.loads((folders / "model.json").read_text())
    (folders / "model.json").write_text(json.dumps(description | {"version": 0}))
    with pytest.raises(ModelError, match="expected a detector of dctr, version 1, got version 0: delete it"):
        detector.load(folders).scores([right])
