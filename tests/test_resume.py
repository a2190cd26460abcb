"""A training that is killed at any moment goes on to the same bits."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from processes import ROOT
from training_runs import FILES, recipe, train, write, write_both

from models import ModelError, checkpoint

#: An LSTM, dropout (first-method has 0.5), momentum of Adam, averages, symmetries; `slow` makes steps long enough.
RUN = """
import sys, time
from pathlib import Path
from models import devices, training
from training_runs import recipe, train
devices.configure(threads=1)
shards, out = map(Path, sys.argv[1:3])
slow = float(sys.argv[3])
training.SAVE_EVERY, training.LOOK_EVERY = 0, 1
def stopped():
    time.sleep(slow)
    return False
data = {"train": [shards / "train.h5"], "val": [shards / "val.h5"]}
train(out, data, recipe(epochs=2, average=20), network="first-method", head="lstm", stopped=stopped, log=print)
"""


def run(shards, out, slow=0.0):
    out.mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "TF_CPP_MIN_LOG_LEVEL": "3"}
    arguments = [sys.executable, "-u", "-c", RUN, str(shards), str(out), str(slow)]
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Shards, and the files of a training that nothing disturbed."""
    folder = tmp_path_factory.mktemp("resume")
    write_both(folder, size=40)
    process = run(folder, folder / "whole")
    assert process.communicate(timeout=600)[0].count("epoch") == 2 and process.returncode == 0
    return folder, {name: (folder / "whole" / name).read_bytes() for name in FILES}


def test_killed_in_either_epoch_it_ends_in_the_same_bits(whole):
    folder, expected = whole
    out, killed = folder / "killed", []
    for epoch in (1, 2):
        process = run(folder, out, slow=0.2)
        while True:  # until some steps of that epoch are saved
            assert process.poll() is None, "ended before it was killed"
            time.sleep(0.02)
            if (out / "checkpoint.npz").exists():
                with np.load(out / "checkpoint.npz") as saved:
                    state = str(saved["state"])
                if f'"epoch": {epoch}, "seen": [[' in state:
                    break
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        killed.append(state)
        assert not (out / "model.weights.h5").exists()
    process = run(folder, out)
    output = process.communicate(timeout=600)[0]
    assert process.returncode == 0 and "going on at epoch 2, step" in output and "epoch 1/2" not in output
    assert {name: (out / name).read_bytes() for name in FILES} == expected
    assert sorted(path.name for path in out.iterdir() if not path.name.endswith(".tmp")) == FILES


def test_stopped_by_a_signal_it_says_how_to_go_on(tmp_path):
    data, quick = write_both(tmp_path), {"chosen": recipe(epochs=1), "network": "first-method"}
    steps = iter([False, False, True])
    with pytest.raises(ModelError, match="stopped by a signal after step 3 of epoch 1, and saved: run again to go on"):
        train(tmp_path, data, **quick, stopped=lambda: next(steps))
    lines = []
    train(tmp_path, data, **quick, log=lines.append)
    assert lines[0] == "going on at epoch 1, step 4 of 5"


@pytest.mark.parametrize("changed", ["recipe", "data"])
def test_a_checkpoint_of_something_else_is_not_gone_on_from(tmp_path, changed):
    data = write_both(tmp_path)
    with pytest.raises(ModelError, match="stopped"):
        train(tmp_path, data, recipe(), network="first-method", stopped=lambda: True)
    if changed == "data":
        write(tmp_path / "train.h5", 20, seed=3)
    lines = []
    other = {"learning_rate": 5e-4} if changed == "recipe" else {}
    train(tmp_path, data, recipe(**other), network="first-method", log=lines.append)
    assert lines[0].startswith("epoch 1/3")


def test_fingerprint_depends_on_the_content_of_files(tmp_path):
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    marks = [checkpoint.fingerprint({"seed": 1}, [tmp_path / name]) for name in "abc"]
    assert marks[0] == marks[1] != marks[2]
    assert checkpoint.fingerprint({"seed": 2}, [tmp_path / "a"]) != marks[0]


def test_a_damaged_checkpoint_is_set_aside_and_training_begins_anew(tmp_path):
    data, quick = write_both(tmp_path), {"chosen": recipe(epochs=1), "network": "first-method"}
    train(tmp_path / "whole", data, **quick)
    for damage in ("cut", "garbage", "other arrays"):
        lines, path = [], tmp_path / damage / "checkpoint.npz"
        path.parent.mkdir()
        np.savez(path, state=np.array("{}"), now0000=np.arange(50_000.0))
        if damage == "cut":
            path.write_bytes(path.read_bytes()[:150_000])
        elif damage == "garbage":
            path.write_bytes(b"no checkpoint")
        train(path.parent, data, **quick, log=lines.append)
        if damage != "other arrays":  # of another training: ignored, as ever
            assert "expected a checkpoint, got" in lines[0] and "set aside as checkpoint.npz.damaged" in lines[0]
            assert path.with_name("checkpoint.npz.damaged").is_file()
        assert (path.parent / "history.tsv").read_text() == (tmp_path / "whole/history.tsv").read_text()
