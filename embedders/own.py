"""A user's own embedder: a function that gives costs, held to what costs must be."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders import jpeg, spatial
from embedders.interface import EmbedderError
from embedders.methods import Costs, Method, additive

Function = Callable[..., Any]
WET: dict[str, Callable[..., Costs]] = {"spatial": spatial.wet, "jpeg": jpeg.wet}


def method(name: str, domain: str, function: Function) -> Method:
    """Make a user's function a method.

    Parameters
    ----------
    name : str
        For messages.
    domain : {"spatial", "jpeg"}
        What the function takes: pixels uint8 [h, w]; or coefficients int [h, w] and their table int [8, 8].
    function : callable
        Returns costs [h, w] of +1 and -1 alike, or two such arrays; >= 0, `inf` where wet. Elements at the end of their
        range become wet in any case.

    Returns
    -------
    Method
        Whose costs raise EmbedderError for anything else.
    """

    def costs(*cover: NDArray[Any]) -> Costs:
        given = function(*(one.copy() for one in cover))
        both = given if isinstance(given, tuple) else (given, given)
        if len(both) != 2:
            raise EmbedderError(f"{name}: expected costs, or a tuple of those of +1 and of -1, got {len(both)} of them")
        checked = [_checked(name, rho, cover[0].shape) for rho in both]
        wet = WET[domain](cover[0], np.zeros(cover[0].shape))
        rho_p1, rho_m1 = (rho + limit for rho, limit in zip(checked, wet, strict=True))
        return rho_p1, rho_m1

    return additive(costs)


def _checked(name: str, rho: object, shape: tuple[int, ...]) -> NDArray[np.float64]:
    try:
        found = np.asarray(rho, np.float64)
    except (TypeError, ValueError) as error:
        raise EmbedderError(
            f"{name}: expected costs as numbers, got {type(rho).__name__}: mend its function"
        ) from error
    if found.shape != shape:
        raise EmbedderError(
            f"{name}: expected costs of the cover's shape {list(shape)}, got {list(found.shape)}: mend its function"
        )
    wrong = int(np.count_nonzero(np.isnan(found) | (found < 0)))
    if wrong:
        raise EmbedderError(
            f"{name}: expected costs of zero or more, inf where wet, got {wrong} of {found.size} negative or NaN: "
            "mend its function"
        )
    return found
