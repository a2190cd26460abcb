"""Kernels where Numba can and cannot keep what it compiled."""

import subprocess
import sys
import warnings

import pytest

from embedders import kernel
from embedders.kernel import kernel as compiled


def test_no_place_for_a_cache_is_told_and_the_loop_runs(monkeypatch):
    real = kernel.njit

    def njit(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'f': no locator available for file 'f.py'")
        return real(**options)

    monkeypatch.setattr(kernel, "njit", njit)
    kernel._tell_that_nothing_is_kept.cache_clear()
    with pytest.warns(RuntimeWarning, match="no writable place for its cache.*NUMBA_CACHE_DIR"):
        triple = compiled()(lambda x: 3 * x)
    assert triple(2) == 6


def test_other_errors_of_numba_are_not_hidden(monkeypatch):
    def njit(**options):
        raise RuntimeError("another fault")

    monkeypatch.setattr(kernel, "njit", njit)
    with pytest.raises(RuntimeError, match="another fault"):
        compiled()(abs)


def test_the_warning_is_said_once_a_process(tmp_path):
    """All kernels of the package are loaded where no folder can be written; the default filter prints one line."""
    code = (
        "from numba.core import caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "import numpy as np, embedders\n"
        "embedders.embed('wow', np.random.default_rng(1).integers(0, 256, (16, 16), np.uint8), payload=0.4, seed=1)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr.count("no writable place") == 1


def test_division_by_zero_with_the_numpy_model():
    divide = compiled(error_model="numpy")(lambda x: 1.0 / x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert divide(0.0) == float("inf")
