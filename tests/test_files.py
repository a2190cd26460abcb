"""`stegdata.files`: whole or not at all, also when killed or out of space."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stegdata import images
from stegdata.errors import DataError
from stegdata.files import atomic_write

ROOT = Path(__file__).resolve().parents[1]


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def refusal(call, *arguments, **keywords):
    with pytest.raises(DataError) as caught:
        call(*arguments, **keywords)
    message = str(caught.value)
    assert "expected" in message and "got" in message and "\n" not in message
    return message


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.pgm"
    images.write_pgm(path, noise(3, 3))
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), atomic_write(path) as temporary:
        temporary.write_bytes(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def run_python(code, *arguments):
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)


def test_kill_before_the_rename_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.pgm"
    images.write_pgm(path, noise(3, 3))
    before = path.read_bytes()
    code = """
import os, signal, sys
from pathlib import Path
import numpy as np
from stegdata import images
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
images.write_pgm(sys.argv[1], np.zeros((3, 3), np.uint8))
"""
    assert run_python(code, path).returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    left = [file for file in tmp_path.iterdir() if file != path]
    assert len(left) == 1 and left[0].name.startswith(".a.pgm.") and left[0].suffix == ".tmp"
    images.write_pgm(path, noise(3, 3, seed=1))
    assert np.array_equal(images.read_pgm(path), noise(3, 3, seed=1))


def test_a_full_disk_leaves_nothing(tmp_path):
    code = """
import resource, signal, sys
import numpy as np
from stegdata import images
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
images.write_pgm(sys.argv[1], np.zeros((100, 100), np.uint8))
"""
    result = run_python(code, tmp_path / "a.pgm")
    assert "DataError" in result.stderr and "File too large" in result.stderr.splitlines()[-1]
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert "Not a directory" in refusal(images.write_pgm, tmp_path / "file" / "a.pgm", noise(2, 2))
    assert "No such file" in refusal(images.write_pgm, tmp_path / "none" / "a.pgm", noise(2, 2))
    assert "a.pgm" in refusal(images.write_pgm, "/proc/1/a.pgm", noise(2, 2))
    (tmp_path / "folder").mkdir()
    refusal(images.write_pgm, tmp_path / "folder", noise(2, 2))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into read-only folders")
def test_a_read_only_folder_is_named(tmp_path):
    tmp_path.chmod(0o555)
    assert "Permission denied" in refusal(images.write_pgm, tmp_path / "a.pgm", noise(2, 2))
