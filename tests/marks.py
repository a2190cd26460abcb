"""Marks that test modules share."""

import os

import pytest

needs_kernels = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT", "0") != "0",
    reason="NUMBA_DISABLE_JIT: loops over whole photographs take minutes as plain Python",
)
