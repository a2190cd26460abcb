"""Cover files of both domains: read for an embedder, and written again with other planes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from embedders import Domain
from stegdata import formats


@dataclass(frozen=True)
class CoverFile:
    """A file that is embedded in.

    Attributes
    ----------
    planes : sequence of numpy.ndarray
        Pixels, uint8 [height, width]; or int16 coefficients of each component of a JPEG, luminance first.
    tables : sequence of numpy.ndarray
        Quantization table of each component, uint16 [8, 8]; none of pixels.
    write : callable
        Takes a path and the planes of a stego: writes them like this file.
    """

    planes: Sequence[NDArray[Any]]
    tables: Sequence[NDArray[Any]]
    write: Callable[[Path, Sequence[NDArray[Any]]], None]

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Arguments of an embedder: pixels, or coefficients and table of the luminance."""
        return self.planes[0], *self.tables[:1]


def endings(domain: Domain) -> tuple[str, ...]:
    """Return the endings of cover files of a domain, in small letters."""
    return _FORMATS[domain][0]


def read(path: Path, domain: Domain | None = None) -> CoverFile:
    """Read a cover of an embedder's domain, or a stego of the domain that its ending tells; DataError for others."""
    if domain is not None:
        return _FORMATS[domain][1](path)
    readers = {ending: reader for endings, reader in _FORMATS.values() for ending in endings}
    return readers.get(path.suffix.lower(), _read_grey)(path)


def _read_grey(path: Path) -> CoverFile:
    from stegdata.formats import grey

    return CoverFile([grey.read(path)], [], lambda target, planes: grey.write(target, planes[0], path))


def _read_jpeg(path: Path) -> CoverFile:
    from stegdata.formats import jpeg

    image = jpeg.read(path)
    return CoverFile(
        image.coefficients, image.quantization_tables, lambda target, planes: jpeg.write(target, image, planes)
    )


_FORMATS = {Domain.SPATIAL: (formats.GREY, _read_grey), Domain.JPEG: (formats.JPEG, _read_jpeg)}
