"""Matplotlib without the user's settings: for figures, and before Keras, which loads it too."""

import os
import tempfile
from contextlib import chdir
from pathlib import Path


def load() -> None:
    """Import Matplotlib as if the user had set nothing; once is enough.

    A notebook's backend, which its programs inherit, may not be installed here, and files of settings may be broken.
    """
    os.environ.pop("MPLBACKEND", None)
    folder_of_user = os.environ.get("MPLCONFIGDIR")
    with tempfile.TemporaryDirectory() as empty, chdir(empty):
        os.environ["MPLCONFIGDIR"] = empty
        Path("matplotlibrc").touch()  # where Matplotlib looks first
        import matplotlib.style  # noqa: F401
    os.environ.pop("MPLCONFIGDIR")
    if folder_of_user is not None:
        os.environ["MPLCONFIGDIR"] = folder_of_user  # for the cache of fonts
