"""`stego detect`: scores as the network gives them, its operating point, and what it refuses."""

import csv
import json
import math
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import skimage.data
from commands import refusals, refused
from making_dicom import write_dicom
from pictures import noise
from PIL import Image

import embedders
import models
from models import scores
from stegdata.embedding import seed_of
from stegdata.files import sha256
from stegdata.formats import images, jpeg
from workflow import command
from workflow.command import pictures

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, as it saves
RECIPE = {"epochs": 1, "batch_images": 2, "optimizer": "adam", "learning_rate": 0.1, "momentum": 0.0, "threads": 1}
RECIPE |= {"schedule": "constant", "paired": False, "augment": False}
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
    """A folder as the workflow leaves it: a fresh network, and the scores of four images of its own test split."""
    folder = tmp_path_factory.mktemp("detectors") / "s/lsbm-0.4bpp/xu-net-fc/r/seed-1"
    (folder / "on/s/lsbm-0.4bpp").mkdir(parents=True)
    described = {"head": "fc", "image_size": 64} | OPTIONS
    keras.utils.set_random_seed(1)
    models.build("xu-net", **described).save_weights(folder / "model.weights.h5")
    recipe = RECIPE | {"residual": "clip", "batch_norm_momentum": 0.9, "spatial_dropout": 0.0}
    described |= {"network": "xu-net", "seed": 1, "sha256": sha256(folder / "model.weights.h5"), "recipe": recipe}
    (folder / "model.json").write_text(json.dumps(described))
    texts = (["s"] * 4, ["e"] * 4, list("1122"), list("1122"))
    known = scores.Scores(*texts, np.zeros(4, int), np.array([0, 1, 0, 1]), np.array([0.6, 0.7, 0.2, 0.4]))
    scores.write(folder / "on/s/lsbm-0.4bpp/scores.tsv", known)
    return folder


def detect(capsys, *arguments):
    """Lines that begin with #, and rows."""
    assert command.main(["detect", *map(str, arguments)]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith("#")]
    return told, list(csv.DictReader(lines[len(told) :], delimiter="\t"))


def expected_of(training, *windows):
    model = models.build("xu-net", head="fc", image_size=64, **OPTIONS)
    model.load_weights(training / "model.weights.h5")
    return model.predict_on_batch(np.stack(windows)[..., None])[:, 1]


def test_detect_names_its_operating_points(training, covers, tmp_path, capsys):
    Image.fromarray(skimage.data.camera()[:64, :64]).save(tmp_path / "x.jpg", quality=75)
    told, rows = detect(capsys, "--model", training, covers / "a", tmp_path / "x.jpg")
    assert told[0].startswith("# the rates below were measured on other photographs than yours")
    assert told[1].startswith("# called: from 0.5 on; on the 2 test covers")
    assert "50.0 % (0.0 to 100.0) false alarms, 50.0 % (0.0 to 100.0) missed" in told[1]
    assert told[2].startswith("# called_at_threshold: from 0.7 on") and " 0.0 % (0.0 to 84.2) false alarms" in told[2]
    pixels = images.read(covers / "a/1.pgm"), jpeg.read(tmp_path / "x.jpg").luminance
    expected = expected_of(training, *pixels)
    assert np.allclose([float(row["score"]) for row in rows], expected, atol=2e-6)
    assert all(row["score"] == row["largest"] and row["windows"] == "1" for row in rows)
    for name, threshold in (("called", 0.5), ("called_at_threshold", 0.7)):
        assert [row[name] for row in rows] == ["stego" if score >= threshold else "cover" for score in expected]


@pytest.mark.parametrize(
    ("threshold", "score", "false_alarms", "missed"),
    [("0.3", 0.3, 50, 0), ("50%", 0.4, 50, 0), ("49%", 0.7, 0, 50), ("100%", 0.2, 100, 0)],
)
def test_the_threshold_is_a_score_or_what_it_costs(training, covers, capsys, threshold, score, false_alarms, missed):
    comments, _ = detect(capsys, "--model", training, "--threshold", threshold, covers / "a")
    assert f"from {score} on; on the 2 test covers of its training and their stegos {false_alarms}.0 % (" in comments[2]
    assert f"false alarms, {missed}.0 % (" in comments[2]


@pytest.mark.parametrize("text", ["a", "-1", "101%", "1.5", "nan"])
def test_no_threshold_is_refused(training, covers, capsys, text):
    message = refused(capsys, "detect", "--model", training, f"--threshold={text}", covers / "a")
    assert f"--threshold: expected a score from 0 to 1, or a rate as in 5%, got '{text}'" in message


def test_false_alarms_are_unknown_without_scores(training, covers, tmp_path, capsys):
    for name in ("model.json", "model.weights.h5"):
        shutil.copy(training / name, tmp_path)
    told, rows = detect(capsys, "--model", tmp_path, covers / "a")
    assert "false alarms unknown" in told[1] and rows[0]["called"] and not rows[0]["called_at_threshold"]
    told, rows = detect(capsys, "--model", tmp_path, "--threshold", 0.2, covers / "a")
    assert "from 0.2 on, false alarms unknown" in told[2] and rows[0]["called_at_threshold"]
    message = refused(capsys, "detect", "--model", tmp_path, "--threshold", "2%", covers / "a")
    assert "expected scores.tsv of its test split below on/, as 2% false alarms are asked, found none" in message


def test_larger_images_are_looked_at_in_windows(training, covers, tmp_path, capsys):
    """Of 64x96 pixels two, of 130x64 three: the last one lies at the end; `--map` shows where."""
    tall = skimage.data.camera()[100:230, 300:364].copy()
    images.write_pgm(covers / "tall.pgm", tall)
    _, rows = detect(capsys, "--model", training, "--map", tmp_path / "maps", covers)
    found = {Path(row["image"]).name: row for row in rows}
    wide = images.read(covers / "seaside.pgm")
    expected = expected_of(training, wide[:, :64], wide[:, 32:])
    assert found["seaside.pgm"]["windows"] == "2" and found["tall.pgm"]["windows"] == "3"
    assert float(found["seaside.pgm"]["score"]) == pytest.approx(expected.mean(), abs=2e-6)
    assert float(found["seaside.pgm"]["largest"]) == pytest.approx(expected.max(), abs=2e-6)
    with Image.open(tmp_path / "maps/tall.png") as image:
        drawn = np.array(image).astype(int)
    first, last = (float(score) for score in expected_of(training, tall[:64], tall[66:])[[0, 1]])
    assert drawn.shape == (130, 64, 3) and (drawn[..., 1] == drawn[..., 2]).all()
    assert np.abs(drawn[0, :, 1] - tall[0] * (1 - 0.6 * first)).max() <= 1
    assert np.abs(drawn[-1, :, 0] - (tall[-1] + (255 - tall[-1]) * 0.6 * last)).max() <= 1
    assert (tmp_path / "maps/a/1.png").is_file()


def test_every_frame_of_a_dicom_and_other_formats(training, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    frames = np.stack([noise(64, 64, seed=seed) for seed in range(3)])
    write_dicom(folder / "IM7", frames.reshape(192, 64), NumberOfFrames=3, Rows=64)
    Image.fromarray(noise(64, 64, seed=5)).save(folder / "b.tif")
    assert command.main(["detect", "--model", str(training), "--json", str(folder)]) == 0
    streams = capsys.readouterr()
    assert "measured on other photographs than yours" in streams.err
    rows = [json.loads(line) for line in streams.out.splitlines()]
    expected = [*(("IM7", frame) for frame in (1, 2, 3)), ("b.tif", None)]
    assert [(Path(row["image"]).name, row["frame"]) for row in rows] == expected
    expected = expected_of(training, *frames, noise(64, 64, seed=5))
    assert np.allclose([row["score"] for row in rows], expected, atol=2e-6)


def test_jpeg_windows_lie_on_the_grid_of_blocks():
    assert pictures._starts(100, 32, 8) == [0, 32, 64] and pictures._starts(100, 32, 1) == [0, 32, 64, 68]
    assert pictures._starts(64, 64, 8) == [0] and pictures._starts(70, 60, 8) == [0, 8]


def test_what_cannot_be_scored_is_named_and_the_rest_is_scored(training, covers, tmp_path, capsys):
    images.write_pgm(covers / "a/small.pgm", noise(64, 60))
    (covers / "a/cut.pgm").write_bytes((covers / "a/1.pgm").read_bytes()[:700])
    (covers / "notes.png").write_text("no image")
    write_dicom(covers / "IM1", noise(64, 64))
    (covers / "IM2.dcm").write_bytes((covers / "IM1").read_bytes()[:900])
    out, lines = refusals(capsys, "detect", "--model", training, "--json", "--map", tmp_path / "maps", covers)
    assert [Path(json.loads(line)["image"]).name for line in out.splitlines()] == ["IM1", "1.pgm", "seaside.pgm"]
    assert all(any(name in line for line in lines) for name in ("small.pgm", "cut.pgm", "notes.png", "IM2.dcm"))
    assert lines[-1] == "stego detect: expected to score 7 files, got no score of 4, named above"
    assert sorted(path.name for path in (tmp_path / "maps").rglob("*.png")) == ["1.png", "IM1.png", "seaside.png"]


def test_other_folders_than_a_detectors_are_refused(training, covers, tmp_path, capsys):
    image = covers / "a/1.pgm"
    assert "expected the description of a trained detector" in refused(capsys, "detect", "--model", tmp_path, image)
    (tmp_path / "model.json").write_text((training / "model.json").read_text())
    assert "expected a finished training" in refusals(capsys, "detect", "--model", tmp_path, image)[1][0]


# ---- maps never replace what is not a map


def files_of(folder):
    return {path.relative_to(folder): sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    "case", ["same folder", "inside", "link", "folder of another case", "own picture", "directory"]
)
def test_maps_replace_no_file_of_the_users(training, tmp_path, capsys, case):
    shots, maps = tmp_path / "shots", tmp_path / "maps"
    shots.mkdir()
    Image.fromarray(noise(64, 64)).save(shots / "x.png")
    given = shots
    if case == "same folder":
        maps = shots
    elif case == "inside":
        maps = shots / "maps"
    elif case == "link":
        maps.symlink_to(shots)
    elif case == "folder of another case":  # where Shots and shots are one folder, this would replace x.png
        maps, given = tmp_path / "Shots", shots / "x.png"
    elif case == "own picture":
        maps.mkdir()
        Image.fromarray(noise(64, 64, seed=9)).save(maps / "x.png")
    else:
        (maps / "x.png").mkdir(parents=True)
    before = files_of(tmp_path)
    for force in ([], ["--force"]):
        line = refused(capsys, "detect", "--model", training, "--map", maps, *force, given)
        assert "expected a new file" in line or "expected a folder for results apart from" in line
    assert files_of(tmp_path) == before


def test_two_images_want_no_map_of_one_name(training, covers, tmp_path, capsys):
    images.write_pgm(covers / "a/X.pgm", noise(64, 64))
    images.write_pgm(covers / "a/x.pgm", noise(64, 64, seed=2))
    line = refused(capsys, "detect", "--model", training, "--map", tmp_path / "maps", covers)
    assert "expected one output of this name, got two" in line and not (tmp_path / "maps").exists()


def test_maps_of_this_command_are_replaced_when_asked(training, covers, tmp_path, capsys):
    arguments = ("--model", training, "--map", tmp_path / "maps", covers / "a")
    detect(capsys, *arguments)
    before = files_of(tmp_path / "maps")
    assert "got one of this command: add --force to replace it" in refused(capsys, "detect", *arguments)
    images.write_pgm(covers / "a/1.pgm", noise(64, 64, seed=3))
    detect(capsys, *arguments, "--force")
    assert files_of(tmp_path / "maps").keys() == before.keys() and files_of(tmp_path / "maps") != before


# ---- on the user's own covers


def own_scores(training, covers, embedder="lsbm", payload=0.4):
    """Scores of covers and of their stegos by the embedder of the training, embedded and predicted by hand."""
    name = {cover.stem: images.read(cover) for cover in sorted(covers.rglob("*.pgm"))}
    stegos = [
        embedders.embed(embedder, pixels, payload=payload, seed=seed_of(embedder, payload, 0, "known", stem)).stego
        for stem, pixels in name.items()
    ]
    return expected_of(training, *name.values()), expected_of(training, *stegos)


def test_known_covers_set_the_threshold_and_tell_the_rates(training, tmp_path, capsys):
    """At 25 % false alarms one of the four known covers may be called: the others lie below."""
    for number in range(4):
        (tmp_path / "known").mkdir(exist_ok=True)
        images.write_pgm(tmp_path / f"known/{number}.pgm", noise(64, 64, seed=number))
    images.write_pgm(tmp_path / "x.pgm", noise(64, 64, seed=9))
    arguments = (
        "--model",
        training,
        "--threshold",
        "25%",
        "--known-covers",
        tmp_path / "known",
        tmp_path / "x.pgm",
    )
    told, (row,) = detect(capsys, *arguments)
    covers, stegos = own_scores(training, tmp_path / "known")
    assert told[0].startswith(
        "# the rates below were measured on 4 covers that you know, of 4 files, embedded here (lsbm"
    )
    threshold = min(value for value in [*covers, *stegos] if value > np.sort(covers)[2])
    assert f"from {threshold:g} on; on the 4 covers that you know" in told[2] and "25.0 % (" in told[2]
    missed = 100 * np.mean(stegos < threshold)
    assert f"{missed:.1f} % (" in told[2].partition("false alarms")[2]
    score = float(expected_of(training, noise(64, 64, seed=9))[0])
    assert row["called_at_threshold"] == ("stego" if score >= threshold else "cover")
    (tmp_path / "known/bad.pgm").write_text("no image")
    assert command.main(["detect", *map(str, arguments)]) == 0
    assert "known cover passed over" in capsys.readouterr().err
    for path in (tmp_path / "known").glob("[0-9].pgm"):
        path.unlink()
    assert "--known-covers: expected covers that can be scored, got none" in refused(capsys, "detect", *arguments)


def test_the_self_check_tells_what_share_of_images_embedded_again_is_called(training, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    for number in range(5):
        images.write_pgm(tmp_path / f"in/{number}.pgm", noise(64, 64, seed=number))
    _, stegos = own_scores(training, tmp_path / "in")
    threshold = float(np.median(stegos)) - 1e-4
    options = ["detect", "--model", training, "--threshold", f"{threshold:.6f}", "--self-check", tmp_path / "in"]
    assert command.main(list(map(str, options))) == 0
    share = 100 * np.mean(stegos >= round(threshold, 6))
    assert (
        f"self-check: of 5 images, embedded once more (lsbm-0.4bpp), {share:.1f} % are called"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("name", "reason"), [("mine-0.4bpp", "mine, an embedder"), ("uerd-precomputed", "precomputed")]
)
def test_what_cannot_be_embedded_here_is_no_self_check(training, covers, tmp_path, capsys, name, reason):
    shutil.copytree(training, tmp_path / "model")
    (tmp_path / "model/on/s/lsbm-0.4bpp").rename(tmp_path / f"model/on/s/{name}")
    _, lines = refusals(capsys, "detect", "--model", tmp_path / "model", "--self-check", covers / "a")
    assert f"expected a detector of an embedder that can be run here, got one of {reason}" in lines[0]


# ---- pools


def test_a_pool_is_judged_by_the_mean_of_its_images(training, tmp_path, capsys):
    for folder in ("a", "b"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for number in range(3):
            images.write_pgm(
                tmp_path / f"in/{folder}/{folder}{number}.pgm", noise(64, 64, seed=number + 10 * len(folder))
            )
    _, rows = detect(capsys, "--model", training, "--pool", "folder", tmp_path / "in")
    assert [(Path(row["pool"]).name, row["images"]) for row in rows] == [("a", "3"), ("b", "3")]
    scores_of_a = expected_of(training, *(noise(64, 64, seed=number + 10) for number in range(3)))
    log_odds = np.log(scores_of_a / (1 - scores_of_a))
    assert float(rows[0]["mean"]) == pytest.approx(log_odds.mean(), abs=1e-3)
    assert float(rows[0]["largest"]) == pytest.approx(log_odds.max(), abs=1e-3)
    # the test covers score .6 and .2: pools of three have mean log-odds of 0 to 3 of the larger
    pools = [(k * np.log(0.6 / 0.4) + (3 - k) * np.log(0.2 / 0.8)) / 3 for k in range(4)]
    expected = sum(math.comb(3, k) / 8 for k in range(4) if pools[k] >= log_odds.mean())
    assert float(rows[0]["false_alarms"]) == pytest.approx(expected, abs=0.02)
    assert rows[0]["called_at_rate"] == ("stego" if expected <= 0.05 else "cover")


def test_patients_are_pools_by_their_header(training, tmp_path, capsys):
    for number, patient in enumerate("ppq"):
        write_dicom(tmp_path / f"IM{number}", noise(64, 64, seed=number), PatientID=patient)
    _, rows = detect(capsys, "--model", training, "--pool", "patient", tmp_path)
    assert [(row["pool"], row["images"]) for row in rows] == [("p", "2"), ("q", "1")]
    images.write_pgm(tmp_path / "x.pgm", noise(64, 64))
    _, lines = refusals(capsys, "detect", "--model", training, "--pool", "patient", tmp_path)
    assert "x.pgm: expected DICOM, whose header names the patient" in lines[0]
