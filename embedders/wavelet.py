"""Daubechies 8: the filter pair from which the directional residuals of the UNIWARD family and WOW are made."""

import numpy as np
from numpy.typing import NDArray

#: Decomposition high-pass, 16 taps (Daubechies 1992, table 6.1, N = 8), in the order in which it is correlated.
DB8_HIGH: NDArray[np.float64] = np.array(
    [
        -0.0544158422,
        0.3128715909,
        -0.6756307363,
        0.5853546837,
        0.0158291053,
        -0.2840155430,
        -0.0004724846,
        0.1287474266,
        0.0173693010,
        -0.0440882539,
        -0.0139810279,
        0.0087460940,
        0.0048703530,
        -0.0003917404,
        -0.0006754494,
        -0.0001174768,
    ]
)

#: Its quadrature mirror: the low-pass, reversed with alternating signs.
DB8_LOW: NDArray[np.float64] = (-1.0) ** np.arange(16) * DB8_HIGH[::-1]
