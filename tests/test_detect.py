"""`stego detect`: scores as the network gives them, its operating point, and what it refuses."""

import csv
import json

import keras
import numpy as np
import pytest
import skimage.data
from commands import refused
from PIL import Image

import models
from models import scores
from stegdata.formats import images, jpeg
from workflow import command

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, as it saves
OPTIONS = {"residual": "clip", "batch_norm_momentum": 0.9, "spatial_dropout": 0.0, "precision": "float32"}


@pytest.fixture
def covers(tmp_path):
    """An image of the network's size, and one of another."""
    folder = tmp_path / "covers"
    (folder / "a").mkdir(parents=True)
    images.write_pgm(folder / "a/1.pgm", skimage.data.camera()[:64, 64:128].copy())
    images.write_pgm(folder / "seaside.pgm", skimage.data.camera()[200:264, 200:296].copy())
    return folder


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """A folder as the workflow leaves it: a fresh network, and the scores of four test images."""
    folder = tmp_path_factory.mktemp("seed-1")
    described = {"head": "fc", "image_size": 64} | OPTIONS
    (folder / "model.json").write_text(json.dumps({"network": "xu-net", "seed": 1, **described}))
    keras.utils.set_random_seed(1)
    models.build("xu-net", **described).save_weights(folder / "model.weights.h5")
    texts = (["s"] * 4, ["e"] * 4, list("1122"))
    known = scores.Scores(*texts, np.zeros(4, int), np.array([0, 1, 0, 1]), np.array([0.6, 0.7, 0.2, 0.4]))
    scores.write(folder / "scores.tsv", known)
    return folder


def test_detect_names_its_operating_point(training, covers, tmp_path, capsys):
    Image.fromarray(skimage.data.camera()[:64, :64]).save(tmp_path / "x.jpg", quality=75)
    given = [str(covers / "a"), str(tmp_path / "x.jpg")]
    assert command.main(["detect", "--model", str(training), *given]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "# threshold 0.5: an image is called stego from this score on"
    assert "2 test covers" in lines[1] and "50.0 % false alarms, 50.0 % missed" in lines[1]
    rows = list(csv.DictReader(lines[2:], delimiter="\t"))
    model = models.build("xu-net", head="fc", image_size=64, **OPTIONS)
    model.load_weights(training / "model.weights.h5")
    pixels = np.stack([images.read(covers / "a/1.pgm"), jpeg.read(tmp_path / "x.jpg").luminance])
    expected = model.predict_on_batch(pixels[..., None])[:, 1]
    assert np.allclose([float(row["score"]) for row in rows], expected, atol=2e-6)
    assert [row["called"] for row in rows] == ["stego" if score >= 0.5 else "cover" for score in expected]


def test_detect_refuses_other_sizes_and_folders(training, covers, tmp_path, capsys):
    wrong_size = refused(capsys, "detect", "--model", training, covers / "seaside.pgm")
    assert "expected 64x64 pixels, as the detector was trained on, got 64x96" in wrong_size
    image = covers / "a/1.pgm"
    assert "expected a finished training" in refused(capsys, "detect", "--model", tmp_path, image)
    (tmp_path / "model.json").write_text((training / "model.json").read_text())
    assert "expected a finished training" in refused(capsys, "detect", "--model", tmp_path, image)
