"""How loops are compiled: kept on disk where there is a place for it, else compiled anew by each process.

A kernel gets checked, C-contiguous arrays only; checks and messages live in the Python function above it. It calls
kernels of its own file only: Numba's cache does not notice a change in another one.
"""

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from numba import njit


def kernel(error_model: Literal["python", "numpy"] = "python") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a loop: compiled by Numba without holding the interpreter's lock, and cached.

    Numba caches beside the source file or below the user's cache folder (`NUMBA_CACHE_DIR` names another place). In a
    container or a batch job neither may be writable: then each process compiles, and the first kernel warns.

    The error model "numpy" lets a division by zero give inf or nan, and the compiler use vectors.

    Examples
    --------
    >>> @kernel()
    ... def halve(x):
    ...     return x / 2
    >>> halve(3)
    1.5
    """

    def compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
        try:
            return njit(cache=True, nogil=True, error_model=error_model)(loop)
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
            _tell_that_nothing_is_kept()
            return njit(nogil=True, error_model=error_model)(loop)

    return compiled


@cache
def _tell_that_nothing_is_kept() -> None:
    """Once a process, not once a kernel."""
    warnings.warn(
        "Numba found no writable place for its cache: kernels are compiled anew in every process, which takes "
        "seconds. Name a folder by NUMBA_CACHE_DIR",
        RuntimeWarning,
        stacklevel=3,
    )
