"""Exponentials and logarithms that are the same bits on every processor, as the system's and NumPy's are not."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedders import _kernels_simulate


def exp(x: ArrayLike) -> NDArray[np.float64]:
    """e^x, below 1 ulp; 0 below x = -708 and inf above 709.

    Parameters
    ----------
    x : array_like
        float64, any shape; no NaN.

    Returns
    -------
    numpy.ndarray
        float64, same shape.

    Examples
    --------
    >>> exp([0.0, -np.inf]).tolist()
    [1.0, 0.0]
    """
    flat = np.ascontiguousarray(x, np.float64)
    out = np.empty_like(flat)
    _kernels_simulate.exponentials(flat.reshape(-1), out.reshape(-1))
    return out.reshape(np.shape(x))


def log(x: ArrayLike) -> NDArray[np.float64]:
    """Natural logarithm, below 1 ulp.

    Parameters
    ----------
    x : array_like
        float64, any shape; above zero, and no subnormal; inf gives inf.

    Returns
    -------
    numpy.ndarray
        float64, same shape.

    Examples
    --------
    >>> log([1.0, np.inf]).tolist()
    [0.0, inf]
    """
    flat = np.ascontiguousarray(x, np.float64)
    out = np.empty_like(flat)
    _kernels_simulate.logarithms(flat.reshape(-1), out.reshape(-1))
    return out.reshape(np.shape(x))
