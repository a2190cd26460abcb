"""Feature sets against sealwatch, where it is installed: `.venv/bin/pip install --no-deps sealwatch`."""

import importlib.util

import pytest
from processes import run_python

COMPARE = """
import sys
from pathlib import Path
import numpy as np, skimage.data
from benchmarks import peers
from models.features import extract, layout
from stegdata.formats import jpeg

sealwatch = peers.sealwatch()
pixels = skimage.data.camera()[128:192, 128:200].copy()
path = Path(sys.argv[1]) / "photograph.jpg"
jpeg.encode(path, pixels, 75)
image = jpeg.read(path)


def flat(name, features):
    if not isinstance(features, dict):
        return np.ravel(features)
    submodels = [submodel for submodel, _ in layout(name)] if name.startswith("srm") else features
    return np.concatenate([np.ravel(features[submodel]) for submodel in submodels])


for name in ("spam", "srm", "srmq1"):
    assert np.abs(flat(name, getattr(sealwatch, name).extract(pixels)) - extract(name, pixels)).max() < 1e-6, name
for name in ("dctr", "gfr"):
    theirs = flat(name, getattr(sealwatch, name).extract_from_file(path, qf=75))
    assert np.abs(theirs - extract(name, image.coefficients[0], image.quantization_tables[0])).max() < 1e-6, name
"""


@pytest.mark.skipif(importlib.util.find_spec("sealwatch") is None, reason="sealwatch is not installed")
def test_sealwatch_agrees(tmp_path):
    done = run_python(COMPARE, tmp_path)
    assert done.returncode == 0, done.stderr
