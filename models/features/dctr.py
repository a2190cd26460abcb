"""DCT residuals (DCTR): histograms of the responses to the 64 basis functions of the 8x8 DCT, by phase of the grid."""

import numpy as np
from numpy.typing import NDArray

from models.features import _kernels_jpeg, jpeg

LENGTH = 8000


def features(coefficients: NDArray[np.integer], table: NDArray[np.integer], quality: int) -> NDArray[np.float32]:
    """Take the features of one plane of coefficients.

    Parameters
    ----------
    coefficients : numpy.ndarray
        int [height, width], multiples of 8.
    table : numpy.ndarray
        int [8, 8], quantisation steps.
    quality : int
        libjpeg's, from 50: responses are divided by 8 (2 - quality / 50).

    Returns
    -------
    numpy.ndarray
        float32 [8000]: by filter, phase and level.

    References
    ----------
    V. Holub, J. Fridrich, "Low-complexity features for JPEG steganalysis using undecimated DCT", IEEE TIFS 10(2), 2015,
    doi:10.1109/TIFS.2014.2364918.
    """
    step = 8 * (2 - quality / 50)
    counts = _kernels_jpeg.dctr(jpeg.decompress(coefficients, table), jpeg.DCT, step)
    return jpeg.by_phase(counts.reshape(64, 8, 8, jpeg.LEVELS)).reshape(-1).astype(np.float32)
