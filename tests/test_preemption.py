"""A training whose node is taken back goes on from its checkpoint; its shards may be copied to the node first."""

import re
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
import yaml
from working_folder import ROOT, SNAKEMAKE, snakemake

from stegdata import DataError
from workflow.staging import staged

TRAINING = "results/detectors/sample/suniward-0.4bpp/xu-net-fc/tiny/seed-1"


def training_process(main):
    """Process of the train script below a Snakemake."""
    found = [child for child in psutil.Process(main.pid).children(recursive=True) if "train.py" in str(child.cmdline())]
    return found[-1] if found else None


@pytest.mark.slow
def test_a_preempted_training_is_tried_again_and_goes_on(tmp_path):
    config = yaml.safe_load((ROOT / "tests" / "tiny" / "config.yaml").read_text())
    config["recipes"]["tiny"]["epochs"] = 20
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    snakemake(tmp_path, "--cores", 2, "results/shards/sample/suniward-0.4bpp/SHA256SUMS")
    stage = tmp_path / "node"
    stage.mkdir()
    options = ["--cores", "1", "--retries", "1", "--set-resources", f"train:stage='{stage}'"]
    command = [*SNAKEMAKE, f"{TRAINING}/model.weights.h5", "--directory", str(tmp_path), *options]
    main = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = tmp_path / "results/logs/train/sample/suniward-0.4bpp/xu-net-fc/tiny/seed-1.log"
    while not (log.exists() and "epoch 2/20" in log.read_text()):
        assert main.poll() is None, main.stdout.read()
        time.sleep(0.1)
    assert list(stage.rglob("train-000.h5")), "shards are on the node"
    training_process(main).send_signal(signal.SIGTERM)
    output = main.communicate(timeout=900)[0]
    assert main.returncode == 0 and "stopped by a signal after step" in output and "Trying to restart" in output
    assert re.search(r"going on at epoch [23]", output) or re.search(r"going on at epoch \d+", log.read_text())
    assert output.count("epoch 1/20") == 1
    assert (tmp_path / TRAINING / "model.weights.h5").exists() and not list(stage.iterdir())


def test_copies_have_the_bytes_and_do_not_meet(tmp_path):
    files = []
    for name in ("wow", "suniward"):
        (tmp_path / name).mkdir()
        files.append(tmp_path / name / "train-000.h5")
        files[-1].write_text(name)
    node = tmp_path / "node"
    node.mkdir()
    named = {"train": [str(file) for file in files], "val": str(files[0]), "probabilities": []}
    with staged(named, str(node)) as copies:
        assert [Path(path).read_text() for path in copies["train"]] == ["wow", "suniward"]
        assert all(path.startswith(str(node)) for path in copies["train"] + copies["val"])
        assert copies["probabilities"] == []
    assert not list(node.iterdir())
    with staged(named, None) as copies:
        assert copies == named | {"val": [str(files[0])]}


@pytest.mark.parametrize("missing", ["folder", "file"])
def test_what_cannot_be_copied_is_one_line(tmp_path, missing):
    folder = tmp_path / "none" if missing == "folder" else tmp_path
    refused = pytest.raises(DataError, match=r"expected to copy the shards .*: make room, or name another folder")
    with refused, staged({"train": [str(tmp_path / "no.h5")]}, str(folder)):
        pass
    assert not list(tmp_path.iterdir())
