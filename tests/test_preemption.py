"""A training whose node is taken back goes on from its checkpoint."""

import re
import signal
import subprocess
import time

import psutil
import pytest
import yaml
from working_folder import ROOT, SNAKEMAKE, snakemake

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
    options = ["--cores", "1", "--retries", "1"]
    command = [*SNAKEMAKE, f"{TRAINING}/model.weights.h5", "--directory", str(tmp_path), *options]
    main = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = tmp_path / "results/logs/train/sample/suniward-0.4bpp/xu-net-fc/tiny/seed-1.log"
    while not (log.exists() and "epoch 2/20" in log.read_text()):
        assert main.poll() is None, main.stdout.read()
        time.sleep(0.1)
    training_process(main).send_signal(signal.SIGTERM)
    output = main.communicate(timeout=900)[0]
    assert main.returncode == 0 and "stopped by a signal after step" in output and "Trying to restart" in output
    assert re.search(r"going on at epoch [23]", output) or re.search(r"going on at epoch \d+", log.read_text())
    assert output.count("epoch 1/20") == 1
    assert (tmp_path / TRAINING / "model.weights.h5").exists()
