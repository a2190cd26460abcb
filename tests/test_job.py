"""A job that is interrupted, or that takes long: what terminal and log get."""

import mmap
import os
import platform
import pty
import resource
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: A script as Snakemake runs it, in the middle of an output when it is asked to stop.
LONG = """
import time
from types import SimpleNamespace
from stegdata import progress
from stegdata.files import atomic_folder, atomic_write
from workflow.job import job

progress.EVERY = 0.2
with job(SimpleNamespace(log=["job.log"], rule="covers", wildcards=["sample"])):
    with atomic_folder("covers") as folder, atomic_write("table.tsv") as table:
        table.touch()
        for number in progress.follow(range(1000), "train-000"):
            (folder / str(number)).touch()
            time.sleep(0.02)
"""


def started(folder, stderr):
    script = folder / "script.py"
    script.write_text(LONG)
    running = subprocess.Popen(
        [sys.executable, script],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=stderr,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background ignores it
    )
    while "of 1000 images" not in (folder / "job.log").read_text() if (folder / "job.log").exists() else True:
        assert running.poll() is None
    return running


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_job_leaves_nothing_and_says_how_to_go_on(tmp_path, how):
    running = started(tmp_path, subprocess.PIPE)
    running.send_signal(how)
    told = running.communicate(timeout=60)[1].decode()
    line = "interrupted: nothing half-made was kept; give the same command to go on from the finished jobs\n"
    assert told == f"covers sample: {line}" and running.returncode == 130
    logged = (tmp_path / "job.log").read_text()
    assert logged.endswith(line) and "Traceback" not in logged
    assert "train-000: " in logged and "images/s" in logged and "left" in logged
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.log", "script.py"]


def test_terminal_gets_a_bar(tmp_path):
    master, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    running = started(tmp_path, terminal)
    os.close(terminal)
    running.send_signal(signal.SIGINT)
    told = b""
    while b"interrupted" not in told:
        told += os.read(master, 4096)
    assert running.wait(timeout=60) == 130
    assert b"train-000:" in told and b"image/s" in told and b"/1000" in told
    assert "image/s]" not in (tmp_path / "job.log").read_text()


FAILING = """
import sys
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from embedders import own
from stegdata import embedding
from stegdata.formats import images
from stegdata.names import StegoSet
from workflow.job import job

with job(SimpleNamespace(log=["job.log"], rule="embed", wildcards=["mine"])):
    own.register({"mine": "mine.py"})
    images.write_pgm("7.pgm", np.zeros((8, 8), np.uint8))
    list(embedding.embedded(Path(), StegoSet.parse("own/mine-0.4bpp"), 1))
"""


def test_traceback_of_a_users_own_function_is_in_the_log_only(tmp_path):
    (tmp_path / "mine.py").write_text('DOMAIN = "spatial"\n\n\ndef costs(cover):\n    return 1 // int(cover[0, 0])\n')
    told = subprocess.run(
        [sys.executable, "-c", FAILING],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    line = "DataError: mine.py: expected costs, got ZeroDivisionError: integer division or modulo by zero in line 5 of"
    assert told.returncode == 1 and told.stderr.startswith(f"embed mine: {line} mine.py") and told.stdout == ""
    assert told.stderr.count("\n") == 1 and told.stderr.endswith("(cover 7)\n")
    logged = (tmp_path / "job.log").read_text()
    assert "Traceback" in logged and "return 1 // int(cover[0, 0])" in logged and line in logged


#: Eight planes of 1 MB at once, again and again, as embedders hold them: page faults each time.
FAULTS = """
import resource, sys
import numpy as np
from workflow.job import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()


def work():
    return sum(plane[0, 0] for plane in [np.ones((512, 512), np.float32) for _ in range(8)])


for _ in range(3):
    work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    work()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 20)
"""


def faults_are_counted() -> bool:
    """Touch fresh memory: a sandbox's kernel may count nothing."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    fresh = mmap.mmap(-1, 64 * mmap.PAGESIZE)
    for page in range(64):
        fresh[page * mmap.PAGESIZE] = 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt > before


@pytest.mark.skipif(not faults_are_counted(), reason="the system counts no page faults")
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc of another C library")
def test_memory_that_an_image_took_serves_the_next():
    def faults(how):
        command = [sys.executable, "-c", FAULTS, how]
        own = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
        done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=60, check=True)
        return float(done.stdout)

    assert faults("kept") < 20 < 1000 < faults("given back")


FULL = """
from types import SimpleNamespace
from stegdata import DataError
from workflow.job import job

with job(SimpleNamespace(log=["/dev/full"], rule="features", wildcards=["mine"])) as log:
    log("begins")
    raise DataError("results: expected room, got none")
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_log_on_a_full_disk_hides_no_error(tmp_path):
    (tmp_path / "script.py").write_text(FULL)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "features mine: begins\nfeatures mine: DataError: results: expected room, got none\n"
