"""The same bits whatever instructions a processor has: compiled for three kinds of it, in processes of their own."""

import os
import platform
import subprocess
import sys

import pytest
from numba import config
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from working_folder import ROOT

#: Of NumPy's dispatch: those of this processor that are beyond the least.
FEATURES = " ".join(name for name, there in __cpu_features__.items() if there and name in __cpu_dispatch__)
CODE = """
import hashlib
import numpy as np
import embedders
from models.features import FEATURES, extract
from stegdata.formats.jpeg_quality import STANDARD_LUMINANCE

rng = np.random.default_rng(5)
pixels = np.clip(np.cumsum(rng.normal(0, 3, (72, 88)), axis=1) + 128, 0, 255).astype(np.uint8)
table = (STANDARD_LUMINANCE + 1) // 2  # quality 75
plane = np.round(rng.laplace(0, 40 / table[None, :, None, :], (9, 8, 11, 8))).astype(np.int16).reshape(72, 88)


def of(domain):
    return (plane, table.astype(np.uint16)) if domain == "jpeg" else (pixels,)


def tell(what, *arrays):
    print(what, *(hashlib.sha256(np.ascontiguousarray(one).tobytes()).hexdigest()[:16] for one in arrays))


for name, embedder in embedders.EMBEDDERS.items():
    cover = of(embedder.domain)
    tell(f"{name} probabilities", *embedders.change_probabilities(name, *cover, payload=0.4))
    tell(f"{name} stego", embedders.embed(name, *cover, payload=0.4, seed=1).stego)
    try:
        tell(f"{name} costs", *embedders.costs(name, *cover))
    except embedders.EmbedderError:
        print(f"{name} has no costs")
for name, entry in FEATURES.items():
    tell(f"{name} features", extract(name, *of(entry.domain)))
"""


@pytest.mark.slow
@pytest.mark.skipif(config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.skipif(platform.machine() != "x86_64", reason="names of x86-64's kinds of processors")
def test_bits_do_not_depend_on_the_processor(tmp_path):
    """Numba's code for three kinds; NumPy and the C library are kept from what only some processors have, too."""
    told = {}
    for name in ("x86-64", "x86-64-v3", ""):
        settings = {"NUMBA_CACHE_DIR": str(tmp_path / (name or "native")), "PYTHONPATH": str(ROOT)}
        if name:
            settings |= {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": "", "NPY_DISABLE_CPU_FEATURES": FEATURES}
            settings["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX512F"
        done = subprocess.run(
            [sys.executable, "-c", CODE], env=os.environ | settings, capture_output=True, text=True, check=True
        )
        told[name] = done.stdout.splitlines()
    assert len(told[""]) > 15
    assert told["x86-64"] == told[""] and told["x86-64-v3"] == told[""]
