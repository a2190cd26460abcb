"""Code that runs in a process of its own, where it may be killed or find the disk full."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run_python(code, *arguments, timeout=60):
    """Run code with arguments in the project's root, with the helpers beside this one at hand; return what became."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def leave_room(size):
    """From now on this process writes so many bytes into a file at most, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def die(*_, **__):
    """End this process as kill -9 does: put it in the place of a function."""
    os.kill(os.getpid(), signal.SIGKILL)
