"""CPU ms of the features of one image on one core, beside sealwatch where it is installed: `make bench-features`.

sealwatch takes seconds an image, so its times are of one call. Nothing is asserted: machines differ.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import sys
import tempfile
import time
import types
from functools import partial
from pathlib import Path

import numpy as np
import skimage.data

from models.features import FEATURES, extract
from stegdata.formats import jpeg

#: CPU ms that a set may take, by side of the image.
LIMITS = {("srm", 256): 35, ("srm", 128): 10, ("dctr", 256): 4, ("gfr", 256): 40, ("spam", 256): 2}


def peer():
    """Import sealwatch, which asks for torchvision without using it here; None where it is not installed."""
    sys.modules.setdefault("torchvision", types.ModuleType("torchvision"))
    try:
        import sealwatch
    except ImportError:
        return None
    return sealwatch


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
    """Print a line a set and size."""
    sealwatch = peer()
    print("| set | side | ms | limit | sealwatch, ms |\n|---|---|---|---|---|")
    for name, entry in FEATURES.items():
        for side in (256, 128):
            pixels, path = inputs(side)
            image = jpeg.read(path)
            given = (pixels,) if entry.domain == "spatial" else (image.coefficients[0], image.quantization_tables[0])
            ours, theirs = milliseconds(partial(extract, name, *given)), ""
            if sealwatch is not None and hasattr(sealwatch, name):
                method = getattr(sealwatch, name)
                given_path = (method.extract_from_file, path)
                call = partial(method.extract, pixels) if entry.domain == "spatial" else partial(*given_path)
                try:
                    theirs = f"{once(call):.0f}"
                except Exception as error:  # its functions differ by version
                    theirs = type(error).__name__
            print(f"| {name} | {side} | {ours:.2f} | {LIMITS.get((name, side), '')} | {theirs} |", flush=True)


if __name__ == "__main__":
    main()
