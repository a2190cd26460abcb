"""Networks of the JPEG domain that see pixels as decompressed, neither rounded nor clipped."""

import copy
import re

import numpy as np
import pytest
import scipy.fft
import yaml
from making_shards import build, embed_jpeg, encoded, fill, pairs_of
from training_runs import recipe, train
from working_folder import ROOT

from models import ModelError, detector
from models.dataset import Pairs, epoch_order, in_order
from models.detector import Split
from stegdata import probabilities, shards
from stegdata.formats import jpeg
from stegdata.names import StegoSet
from workflow import command
from workflow.configuration import ConfigError, check

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, as it saves


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    """Three JPEGs of 48x48, embedded, with coefficients."""
    folder = tmp_path_factory.mktemp("unrounded")
    covers = encoded(folder, side=48)
    found = pairs_of(covers, embed_jpeg, keep_coefficients=True)
    shards.build(folder / "train.h5", found, {"split": "train", "resize": "crop"})
    return folder / "train.h5"


def naive(coefficients, table):
    """Block by block, by SciPy."""
    height, width = coefficients.shape
    blocks = (coefficients.reshape(height // 8, 8, width // 8, 8) * table[:, None].astype(float)).swapaxes(1, 2)
    return scipy.fft.idctn(blocks, axes=(2, 3), norm="ortho").swapaxes(1, 2).reshape(height, width) + 128


def test_pixels_are_those_of_the_coefficients(shard):
    pairs, read = Pairs([shard], coefficients=True), shards.read(shard)
    gathered = pairs.gather(in_order(3))[..., 0]
    assert gathered.dtype == pairs.dtype == np.float32
    for row in range(3):
        table = read.planes["quantization_table"][row]
        for place, key in ((0, "cover_coefficients"), (1, "stego_coefficients")):
            np.testing.assert_allclose(gathered[2 * row + place], naive(read.planes[key][row], table), atol=1e-3)
    stored = Pairs([shard]).gather(in_order(3))[..., 0]
    assert np.abs(np.clip(gathered, 0, 255) - stored).max() <= 1.01 and (gathered != np.rint(gathered)).mean() > 0.9


def test_windows_begin_on_the_grid_of_blocks(shard):
    pairs, whole = (
        Pairs([shard], crop=20, coefficients=True),
        Pairs([shard], coefficients=True).gather(in_order(3))[0, :, :, 0],
    )
    corners = set()
    for epoch in range(1, 120):
        rows = epoch_order(3, seed=1, epoch=epoch, paired=True, augment=False)
        window = pairs.gather(rows[(rows[:, 0] == 0) & (rows[:, 1] == 0)])[0, :, :, 0]
        (found,) = (
            (top, left)
            for top in (0, 8, 16, 24)
            for left in (0, 8, 16, 24)
            if np.allclose(window, whole[top : top + 20, left : left + 20], atol=1e-4)
        )
        corners.add(found)
    assert corners == {(top, left) for top in (0, 8, 16, 24) for left in (0, 8, 16, 24)}
    assert np.allclose(pairs.gather(in_order(3))[0, :, :, 0], whole[8:28, 8:28], atol=1e-4)


def test_stegos_embedded_online_are_unrounded_too(shard, tmp_path):
    probabilities.build(tmp_path / "p.h5", shard.parent / "jpg", StegoSet.parse("sample/uerd-q75-0.4bpnzac"))
    pairs = Pairs([shard], coefficients=True)
    pairs.draw_from([tmp_path / "p.h5"])
    rows = epoch_order(3, seed=1, epoch=1, paired=True, augment=False)
    images = pairs.gather(rows)[..., 0]
    cover, table = shards.read(shard).planes["cover_coefficients"], shards.read(shard).planes["quantization_table"]
    for row, image in zip(rows, images, strict=True):
        changed = image - naive(cover[row[0]], table[row[0]])
        assert (np.abs(changed).max() > 0.1) == bool(row[1])


def test_shards_without_coefficients_are_refused(tmp_path):
    fill(tmp_path / "covers")
    with pytest.raises(
        ModelError, match=r"train-000.h5: expected a shard with DCT coefficients.* set keep: coefficients"
    ):
        Pairs([build(tmp_path)], coefficients=True)


def test_a_network_is_trained_evaluated_and_asked_by_the_command(shard, tmp_path, capsys):
    settings = recipe(epochs=1, batch_images=2, unrounded=True)
    train(tmp_path, {"train": [shard], "val": [shard]}, settings, network="first-method")
    detector.evaluate(tmp_path, Split([shard]), tmp_path / "scores.tsv")
    loaded, read = detector.load(tmp_path), shards.read(shard)
    assert loaded.domain == "jpeg"
    tables = read.planes["quantization_table"]
    again = loaded.scores(list(zip(read.planes["cover_coefficients"], tables, strict=True)))
    lines = [line.split("\t") for line in (tmp_path / "scores.tsv").read_text().splitlines()[1:]]
    np.testing.assert_allclose(again, [float(line[-1]) for line in lines[::2]], atol=1e-5)
    path = shard.parent / "jpg" / "0.jpg"
    assert jpeg.read(path).luminance.shape == (48, 48)
    assert command.main(["detect", "--model", str(tmp_path), str(path)]) == 0
    asked = capsys.readouterr().out.splitlines()[-1].split("\t")
    assert asked[0] == str(path) and float(asked[3]) == pytest.approx(again[0], abs=1e-4)


@pytest.mark.parametrize(
    ("experiment", "keep", "line"),
    [
        (
            {"embedders": ["suniward"], "networks": ["xu-net"]},
            "pixels",
            "expected false for embedders of the spatial domain",
        ),
        (
            {"embedders": ["uerd"], "qualities": [75], "networks": ["xu-net"]},
            "pixels",
            "recipes.quick.unrounded: expected keep: coefficients of sample in runs.sample.experiments.0, got pixels",
        ),
        ({"embedders": ["uerd"], "qualities": [75], "networks": ["xu-net"]}, "coefficients", None),
    ],
)
def test_a_configuration_that_has_no_coefficients_is_refused(experiment, keep, line):
    config = copy.deepcopy(yaml.safe_load((ROOT / "config.yaml").read_text()))
    config["recipes"]["quick"]["unrounded"] = True
    config["sources"]["sample"]["keep"] = keep
    config["runs"]["sample"]["experiments"] = [{"sources": ["sample"], "payloads": [1.0], **experiment}]
    if line is None:
        check(config)
        return
    with pytest.raises(ConfigError, match=re.escape(line)):
        check(config)
