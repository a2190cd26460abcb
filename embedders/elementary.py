"""Exponentials and logarithms that are the same bits on every processor, as the system's and NumPy's are not."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedders import _kernels_simulate


def exp(x: ArrayLike) -> NDArray[np.float64]:
    """e^x of float64 of any shape, no NaN, to less than 1 ulp; 0 below x = -708 and inf above 709.

    Examples
    --------
    >>> exp([0.0, -np.inf]).tolist()
    [1.0, 0.0]
    """
    return _filled(_kernels_simulate.exponentials, x)


def log(x: ArrayLike) -> NDArray[np.float64]:
    """Natural logarithm of float64 of any shape, above zero and no subnormal, to less than 1 ulp; inf gives inf.

    Examples
    --------
    >>> log([1.0, np.inf]).tolist()
    [0.0, inf]
    """
    return _filled(_kernels_simulate.logarithms, x)


def _filled(kernel: Callable[..., None], x: ArrayLike) -> NDArray[np.float64]:
    flat = np.ascontiguousarray(x, np.float64)
    out = np.empty_like(flat)
    kernel(flat.reshape(-1), out.reshape(-1))
    return out.reshape(np.shape(x))
