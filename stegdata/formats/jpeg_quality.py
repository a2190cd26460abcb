"""Quality factor of a JPEG, from its luminance quantization table."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

#: ITU-T T.81, table K.1.
STANDARD_LUMINANCE: NDArray[np.int64] = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
UNKNOWN = 0


def quality_of(table: NDArray[np.integer]) -> int:
    """Find the libjpeg quality factor 1..100 of an integer luminance table [8, 8]; 0 if it is another table."""
    return _qualities().get(np.asarray(table, np.int64).tobytes(), UNKNOWN)


def standard_table(quality: int) -> NDArray[np.int64]:
    """Luminance table of libjpeg for a quality factor 1..100: int64 [8, 8]."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((STANDARD_LUMINANCE * scale + 50) // 100, 1, 255)


@cache
def _qualities() -> dict[bytes, int]:
    """Tables of libjpeg's scaling; where two qualities share one, the higher."""
    return {standard_table(quality).tobytes(): quality for quality in range(1, 101)}
