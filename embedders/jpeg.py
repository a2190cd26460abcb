"""JPEG domain: checking a plane, counting elements, and coefficients that cannot change."""

import numpy as np
from numpy.typing import NDArray

from embedders.dct import check_plane, decode
from embedders.interface import EmbedderError

#: No coefficient leaves -LIMIT..LIMIT: what 8-bit pixels can give at a quantization step of one.
LIMIT = 1023


def check(
    coefficients: NDArray[np.signedinteger], *quantization_table: NDArray[np.integer]
) -> NDArray[np.signedinteger]:
    """Return the coefficients, C-contiguous, or raise `EmbedderError` where they or the table cannot be used."""
    if len(quantization_table) != 1:
        raise EmbedderError(
            "quantization_table: expected the component's table [8, 8] after the coefficients, got "
            f"{len(quantization_table)} tables"
        )
    check_plane(coefficients, *quantization_table)
    return np.ascontiguousarray(coefficients)


def count(coefficients: NDArray[np.signedinteger]) -> int:
    """Elements that the payload counts: AC coefficients that are not zero."""
    return int(np.count_nonzero(coefficients) - np.count_nonzero(coefficients[::8, ::8]))


def wet(
    coefficients: NDArray[np.signedinteger], rho: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the costs of +1 and -1, infinite where the coefficient would leave -1023..1023."""
    return np.where(coefficients >= LIMIT, np.inf, rho), np.where(coefficients <= -LIMIT, np.inf, rho)


def pixels(plane: NDArray[np.signedinteger], table: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Return the pixels that libjpeg decodes from a component."""
    return decode(plane, table)
