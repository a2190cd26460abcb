"""The two embedding domains and what follows from each: unit, cover file, array checks, counted elements, pixels."""

from enum import StrEnum
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Domain(StrEnum):
    """What an embedder changes: pixels of grey images, or quantized DCT coefficients of a JPEG component.

    A cover is a sequence of arrays: (pixels,) in the spatial domain, (coefficients, quantization table) in the JPEG
    domain. Loading this module loads no Numba.

    Examples
    --------
    >>> Domain.JPEG.unit, Domain.SPATIAL.suffix, Domain("jpeg") is Domain.JPEG
    ('bpnzAC', '.pgm', True)
    """

    SPATIAL = "spatial"
    JPEG = "jpeg"

    @property
    def unit(self) -> str:
        """Unit of the payload: bits per pixel, or bits per non-zero AC coefficient."""
        return "bpp" if self is Domain.SPATIAL else "bpnzAC"

    @property
    def suffix(self) -> str:
        """Suffix of a cover file."""
        return ".pgm" if self is Domain.SPATIAL else ".jpg"

    @property
    def block(self) -> int:
        """Side of the blocks that a plane is made of, in elements."""
        return 1 if self is Domain.SPATIAL else 8

    def holds(self, other: "Domain") -> bool:
        """Whether its covers show what the other domain's do: every cover has pixels, only a JPEG has coefficients."""
        return self is other or other is Domain.SPATIAL

    def check(self, *cover: NDArray[Any]) -> NDArray[Any]:
        """Return the plane to embed in, C-contiguous; EmbedderError where the arrays are no cover of this domain."""
        return self._functions.check(*cover)

    def elements(self, plane: NDArray[Any]) -> int:
        """Count the elements that the payload refers to: pixels, or non-zero AC coefficients."""
        return self._functions.count(plane)

    def wet(self, plane: NDArray[Any], rho: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the costs of +1 and -1, infinite where a change would leave the range of values."""
        return self._functions.wet(plane, rho)

    def pixels(self, plane: NDArray[Any], *table: NDArray[Any]) -> NDArray[np.uint8]:
        """Return uint8 pixels: the plane itself, or what libjpeg decodes from coefficients and their table."""
        return self._functions.pixels(plane, *table)

    @property
    def _functions(self) -> ModuleType:
        # on first use: planning a workflow must not load Numba
        return import_module(f"embedders.{self.value}")
