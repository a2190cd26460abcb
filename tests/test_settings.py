"""What the user has set for other programs changes neither figures nor networks."""

import os
import subprocess
import sys

import pytest
from working_folder import ROOT

FIGURE = """
import hashlib, pandas, sys
from pathlib import Path
from workflow.report import cross
rows = pandas.DataFrame({"trained_on": ["a/wow-1bpp"], "tested_on": "a/wow-1bpp", "detector": "x", "auc": 0.75})
rows = rows.assign(false_alarms_carried=0.1, missed_carried=0.2)
cross.draw(Path(sys.argv[1]) / "figure", rows)
for ending in ("png", "svg"):
    print(hashlib.sha256((Path(sys.argv[1]) / f"figure.{ending}").read_bytes()).hexdigest())
"""
NETWORK = """
from workflow import plain_matplotlib
plain_matplotlib.load()
import models
model = models.build("xu-net", head="fc", image_size=32)
import keras, os
print(keras.config.backend(), model.dtype, keras.config.image_data_format(), keras.config.epsilon())
print(os.environ["TF_ENABLE_ONEDNN_OPTS"], model.input_shape)
"""


def hostile(folder):
    """A home whose settings are others, and an environment that says more of them."""
    home = folder / "home"
    (home / ".keras").mkdir(parents=True)
    keras = '{"floatx": "float64", "epsilon": 0.1, "backend": "jax", "image_data_format": "channels_first"}'
    (home / ".keras/keras.json").write_text(keras)
    (home / "matplotlibrc").write_text("font.size: 22\nlines.linewidth: 9\nsavefig.dpi: 30\naxes.facecolor: red\n")
    settings = {"HOME": str(home), "MATPLOTLIBRC": str(home / "matplotlibrc"), "MPLBACKEND": "svg", "LC_ALL": "C"}
    return settings | {
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "KERAS_BACKEND": "torch",
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "7",
    }


def broken(home):
    """A home whose Matplotlib has broken files, and a notebook's backend."""
    (home / ".config/matplotlib/stylelib").mkdir(parents=True)
    for name in ("matplotlibrc", ".config/matplotlib/matplotlibrc", ".config/matplotlib/stylelib/x.mplstyle"):
        (home / name).write_bytes(b"font.size: 20\n\xff")
    backend = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "MATPLOTLIBRC": "matplotlibrc"}
    return backend | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}


def said(code, folder, settings):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"} | settings
    command = [sys.executable, "-c", code, str(folder)]
    # Matplotlib looks into the working folder first
    folder = settings.get("HOME", folder)
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("code", [FIGURE, NETWORK], ids=["figure", "network"])
def test_the_same_whatever_is_set(tmp_path, code):
    mine, theirs = said(code, tmp_path, {}), said(code, tmp_path, hostile(tmp_path))
    assert mine == theirs and len(mine.splitlines()) == 2
    assert said(code, tmp_path, broken(tmp_path / "home")) == mine
