"""A shard appears whole or not at all: kill -9, a full disk, a place that cannot be written."""

import signal

import pytest
from test_shards import build, fill, refusal, run_python

from stegdata import shards

KILL = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, "tests")
import test_shards
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
test_shards.build(Path(sys.argv[1]), seed=99)
"""


@pytest.mark.parametrize("there", [True, False])
def test_kill_before_the_rename_leaves_what_was_there(tmp_path, there):
    fill(tmp_path / "covers")
    before = build(tmp_path).read_bytes() if there else None
    result = run_python(KILL, tmp_path)
    assert result.returncode == -signal.SIGKILL, result.stderr
    path = tmp_path / "train-000.h5"
    assert (path.read_bytes() if path.exists() else None) == before
    left = [file.name for file in tmp_path.iterdir() if file.name.endswith(".tmp")]
    assert len(left) == 1 and left[0].startswith(".train-000.h5.")
    build(tmp_path, seed=99)
    assert shards.read(path).attributes["seed"] == 99


FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, "tests")
import test_shards
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
test_shards.build(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("room", [0, 1000, 3000])
def test_a_full_disk_leaves_nothing(tmp_path, room):
    fill(tmp_path / "covers")
    result = run_python(FULL, tmp_path, room)
    assert result.returncode == 1 and "DataError" in result.stderr.splitlines()[-1], result.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["covers"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    fill(tmp_path / "covers")
    (tmp_path / "file").write_bytes(b"")
    for place in ("file/a.h5", "none/a.h5"):
        assert f"{place}: expected to write" in refusal(build, tmp_path, place)
