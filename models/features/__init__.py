"""Rich models: fixed features of an image, from which a classifier decides.

Importing the package loads no Numba: Snakemake reads `FEATURES` while it plans, and a set is loaded when it is taken.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders import Domain
from models.errors import ModelError
from stegdata.errors import DataError
from stegdata.formats.jpeg_quality import quality_of
from stegdata.names import StegoSet

__all__ = ["FEATURES", "FeatureSet", "extract", "layout"]


@dataclass(frozen=True)
class FeatureSet:
    """Facts about a feature set, readable before its code is loaded.

    Attributes
    ----------
    name : str
    domain : Domain
        Input: 8-bit pixels, or quantised DCT coefficients with their table.
    dimension : int
    smallest : int
        Smallest side of an image in pixels: windows and, in the JPEG domain, every phase of the grid must fit.
    citation : str
        Paper with DOI.
    qualities : sequence of int
        JPEG qualities at which a JPEG set is defined; none of a spatial set.
    version : int
        Raised when a change of the code changes a feature; files of another version are made again.
    """

    name: str
    domain: Domain
    dimension: int
    smallest: int
    citation: str
    qualities: Sequence[int] = ()
    version: int = 1

    @property
    def of_coefficients(self) -> bool:
        """Whether it is taken of coefficients and their table, not of pixels."""
        return self.domain is Domain.JPEG


_SPAM = (
    'T. Pevny, P. Bas, J. Fridrich, "Steganalysis by subtractive pixel adjacency matrix", IEEE TIFS 5(2), 2010, '
    "doi:10.1109/TIFS.2010.2045842"
)
_SRM = (
    'J. Fridrich, J. Kodovsky, "Rich models for steganalysis of digital images", IEEE TIFS 7(3), 2012, '
    "doi:10.1109/TIFS.2012.2190402"
)
_DCTR = (
    'V. Holub, J. Fridrich, "Low-complexity features for JPEG steganalysis using undecimated DCT", IEEE TIFS 10(2), '
    "2015, doi:10.1109/TIFS.2014.2364918"
)
_GFR = (
    'X. Song, F. Liu, C. Yang, X. Luo, Y. Zhang, "Steganalysis of adaptive JPEG steganography using 2D Gabor filters", '
    "IH&MMSec 2015, doi:10.1145/2756601.2756608"
)
_SETS: Mapping[Domain, Sequence[tuple[Any, ...]]] = {
    Domain.SPATIAL: (("spam", 686, 4, _SPAM), ("srm", 34671, 8, _SRM), ("srmq1", 12753, 8, _SRM)),
    Domain.JPEG: (("dctr", 8000, 16, _DCTR, range(50, 100)), ("gfr", 17000, 16, _GFR, (75, 95))),
}
FEATURES: Mapping[str, FeatureSet] = MappingProxyType(
    {name: FeatureSet(name, domain, *facts) for domain, sets in _SETS.items() for name, *facts in sets}
)


def extract(name: str, image: NDArray[Any], *quantization_table: NDArray[Any]) -> NDArray[np.float32]:
    """Compute the features of one image.

    Parameters
    ----------
    name : str
        A key of `FEATURES`.
    image : numpy.ndarray
        Spatial sets: uint8 [height, width]. JPEG sets: int [height, width], the quantised DCT coefficients of one
        component, 8x8 blocks in place.
    *quantization_table : numpy.ndarray
        JPEG sets only: int [8, 8].

    Returns
    -------
    numpy.ndarray
        float32 [dimension], the same bits on every processor.

    Raises
    ------
    ModelError
        Unknown name; an image of the wrong domain, dtype or shape, or too small; a table of another quality.

    Examples
    --------
    >>> import numpy as np
    >>> extract("spam", np.random.default_rng(0).integers(0, 256, (16, 16), np.uint8)).shape
    (686,)
    """
    feature_set = _feature_set(name)
    _check_image(feature_set, image)
    if feature_set.of_coefficients:
        from models.features import jpeg

        quality = _quality(feature_set, quantization_table)
        return (jpeg.dctr if name == "dctr" else jpeg.gfr)(image, quantization_table[0], quality)
    if quantization_table:
        raise ModelError(f"features {name}: expected pixels alone, got a quantization table too")
    from models.features import spam, srm

    return spam.features(image) if name == "spam" else srm.features(image, srm.SETS[name])


def layout(name: str) -> list[tuple[str, int]]:
    """Return the sub-models of a set in order, each with its length.

    Examples
    --------
    >>> layout("srmq1")[0], sum(length for _, length in layout("srmq1"))
    (('s1_minmax22h_q1', 325), 12753)
    """
    dimension = _feature_set(name).dimension
    if name.startswith("srm"):
        from models.features import srm

        return list(srm.layout(srm.SETS[name]))
    halves = {"spam": ("straight", "diagonal"), "gfr": ("cosine", "sine")}
    return [(half, dimension // 2) for half in halves[name]] if name in halves else [(name, dimension)]


def check_domain(name: str, stego_set: StegoSet) -> None:
    """Raise DataError where a JPEG set is requested of stegos that have no coefficients."""
    if not stego_set.domain.holds(_feature_set(name).domain):
        raise DataError(
            f"features {name}: expected stegos of the JPEG domain, got {stego_set}: take spam, srm or srmq1"
        )


def _feature_set(name: str) -> FeatureSet:
    if name not in FEATURES:
        nearest = difflib.get_close_matches(name, FEATURES, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise ModelError(f"feature set: expected one of {', '.join(FEATURES)}, got {name!r}{hint}")
    return FEATURES[name]


def _check_image(feature_set: FeatureSet, image: NDArray[Any]) -> None:
    where, smallest = f"features {feature_set.name}", feature_set.smallest
    if feature_set.of_coefficients:
        expected, right = "DCT coefficients of one component, int", np.issubdtype(image.dtype, np.integer)
    else:
        expected, right = "8-bit grey pixels, uint8", image.dtype == np.uint8
    if not right or image.ndim != 2:
        raise ModelError(f"{where}: expected {expected} [height, width], got {image.dtype} {list(image.shape)}")
    if min(image.shape) < smallest:
        raise ModelError(
            f"{where}: expected an image of {smallest}x{smallest} pixels or more, got "
            f"{image.shape[1]}x{image.shape[0]}: leave it out"
        )
    if any(side % feature_set.domain.block for side in image.shape):
        raise ModelError(f"{where}: expected whole 8x8 blocks, got a plane of {list(image.shape)}")


def _quality(feature_set: FeatureSet, quantization_table: tuple[NDArray[Any], ...]) -> int:
    """Return the JPEG quality of the table, one at which the set is defined."""
    where, qualities = f"features {feature_set.name}", feature_set.qualities
    if len(quantization_table) != 1 or np.shape(quantization_table[0]) != (8, 8):
        raise ModelError(f"{where}: expected DCT coefficients and their quantization table, int [8, 8]")
    quality = quality_of(quantization_table[0])
    if quality not in qualities:
        expected = f"{qualities[0]} {'to' if len(qualities) > 2 else 'or'} {qualities[-1]}"
        raise ModelError(
            f"{where}: expected JPEG quality {expected}, where its quantisation is defined, got "
            f"{quality or 'no standard table'}: take another set"
        )
    return quality
