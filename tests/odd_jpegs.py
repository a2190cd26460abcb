"""JPEG files of many sizes and codings, made from a synthetic scene."""

import io

import numpy as np
import refusals
from PIL import Image

SIZES = [(1, 1), (7, 9), (8, 8), (16, 17), (33, 100), (64, 48)]
CODINGS = {
    "grey": {"grey": True},
    "grey optimised": {"grey": True, "optimize": True, "quality": 95},
    "grey progressive": {"grey": True, "progressive": True, "quality": 30},
    "4:4:4": {"subsampling": 0, "quality": 100},
    "4:4:4 optimised": {"subsampling": 0, "optimize": True},
    "4:2:2 progressive": {"subsampling": 1, "progressive": True, "quality": 90},
    "4:2:0": {"subsampling": 2, "quality": 50},
    "4:2:0 optimised, restarts": {"subsampling": 2, "optimize": True, "restart_marker_blocks": 3},
    "custom tables": {"subsampling": 2, "qtables": [list(range(1, 65)), list(range(64, 0, -1))]},
    "three tables, progressive": {
        "subsampling": 0,
        "qtables": [list(range(start, start + 64)) for start in (1, 2, 3)],
        "progressive": True,
    },
}


def photograph(height, width):
    """A smooth scene with noise: uint8 [height, width, 3]."""
    rng = np.random.default_rng(height * 1000 + width)
    y, x = np.mgrid[:height, :width]
    scene = [128 + 90 * np.sin(x / (5 + c) + y / 9) + rng.normal(0, 12, (height, width)) for c in range(3)]
    return np.clip(np.stack(scene, axis=2), 0, 255).astype(np.uint8)


def jpeg_bytes(height=40, width=56, grey=False, **options):
    image = Image.fromarray(photograph(height, width))
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    stream = io.BytesIO()
    (image.convert("L") if grey else image).save(stream, "JPEG", exif=exif, comment=b"a\0comment", **options)
    return stream.getvalue()


def refusal(call, path, *arguments):
    """What a call says that refuses a file, or to write one: its name first."""
    message = refusals.refusal(call, path, *arguments)
    assert message.startswith(str(path))
    return message
