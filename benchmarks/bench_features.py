"""Measure CPU ms of the features of one image on one core, and of sealwatch if it is installed: `make bench-features`.

sealwatch takes seconds an image, so its times are of one call. Nothing is asserted: machines differ.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import skimage.data

from benchmarks import peers
from models.features import FEATURES, extract
from stegdata.formats import jpeg

#: CPU ms that a set may take, by side of the image.
LIMITS = {("srm", 256): 35, ("srm", 128): 10, ("dctr", 256): 4, ("gfr", 256): 40, ("spam", 256): 2}


def milliseconds(call, least=5):
    """CPU time of the fastest warm call."""
    call()
    times = []
    while len(times) < least:
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def once(call):
    start = time.process_time()
    call()
    return 1000 * (time.process_time() - start)


def inputs(side):
    """A photograph as pixels, and as a JPEG file of quality 75."""
    pixels = np.ascontiguousarray(skimage.data.camera()[128 : 128 + side, 128 : 128 + side])
    path = Path(tempfile.mkdtemp()) / "photograph.jpg"
    jpeg.encode(path, pixels, 75)
    return pixels, path


def main():
    """Print a line per set and size."""
    try:
        sealwatch = peers.sealwatch()
    except ImportError:
        sealwatch = None
        print("sealwatch is not installed: .venv/bin/pip install --no-deps sealwatch")
    print("| set | side | ms | limit | sealwatch, ms |\n|---|---|---|---|---|")
    for name, feature_set in FEATURES.items():
        for side in (256, 128):
            pixels, path = inputs(side)
            image = jpeg.read(path)
            spatial = feature_set.domain == "spatial"
            arrays = (pixels,) if spatial else (image.coefficients[0], image.quantization_tables[0])
            ours, theirs = milliseconds(partial(extract, name, *arrays)), ""
            if sealwatch is not None:
                method = getattr(sealwatch, name)
                call = partial(method.extract, pixels) if spatial else partial(method.extract_from_file, path, qf=75)
                theirs = f"{once(call):.0f}"
            print(f"| {name} | {side} | {ours:.2f} | {LIMITS.get((name, side), '')} | {theirs} |", flush=True)


if __name__ == "__main__":
    main()
