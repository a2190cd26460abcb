"""What concerns GPUs and can be tried without one: the check, the lock, which are counted."""

import re

import pytest
from working_folder import ROOT

from benchmarks import gpu_check
from workflow import gpus

LINE = r"xu-net +fc +float32 +[\d,]+ images/s +- +same bits"


def test_the_check_says_in_one_line_that_there_is_no_gpu_or_compares_bits(monkeypatch, capsys):
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda kind: [])
    monkeypatch.setattr("models.devices.configure", lambda threads: None)  # once a process
    gpu_check.main([])
    said = capsys.readouterr().out
    assert said.startswith("no GPU: ") and said.count("\n") == 1
    monkeypatch.setattr("models.HEADS", ("fc",))
    monkeypatch.setattr("models.PRECISIONS", ("float32",))
    gpu_check.main(["--cpu", "--size", "32", "--steps", "2", "--networks", "xu-net"])
    assert re.search(LINE, capsys.readouterr().out)


@pytest.mark.parametrize(("named", "count"), [("0", 1), ("0,1,3", 3), ("", 0), ("-1", 0)])
def test_gpus_are_those_that_are_named(monkeypatch, named, count):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert gpus.count() == count


def test_the_lock_for_gpus_holds_the_same_releases_and_cuda():
    def pinned(name):
        return dict(re.findall(r"^([\w.-]+)==(\S+?)(?: |;|\\|$)", (ROOT / name).read_text(), re.M))

    ours, gpu = pinned("requirements.lock"), pinned("requirements-gpu.lock")
    assert {name: gpu.get(name) for name in ours} == ours
    assert any(name.startswith("nvidia-cudnn") for name in gpu.keys() - ours.keys())
