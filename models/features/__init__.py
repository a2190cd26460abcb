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
    """What is known of a feature set before it is loaded.

    Attributes
    ----------
    name : str
    domain : Domain
        What it is taken of: 8-bit pixels, or quantised DCT coefficients with their table.
    dimension : int
    version : int
        Raised when a change of the code changes a feature; files that were made by another are made again.
    citation : str
        Paper with DOI.
    """

    name: str
    domain: Domain
    dimension: int
    version: int
    citation: str


_SRM = (
    'J. Fridrich, J. Kodovsky, "Rich models for steganalysis of digital images", IEEE TIFS 7(3), 2012, '
    "doi:10.1109/TIFS.2012.2190402"
)
_ENTRIES = (
    FeatureSet(
        "spam",
        Domain.SPATIAL,
        686,
        1,
        'T. Pevny, P. Bas, J. Fridrich, "Steganalysis by subtractive pixel adjacency matrix", IEEE TIFS 5(2), 2010, '
        "doi:10.1109/TIFS.2010.2045842",
    ),
    FeatureSet("srm", Domain.SPATIAL, 34671, 1, _SRM),
    FeatureSet("srmq1", Domain.SPATIAL, 12753, 1, _SRM),
    FeatureSet(
        "dctr",
        Domain.JPEG,
        8000,
        1,
        'V. Holub, J. Fridrich, "Low-complexity features for JPEG steganalysis using undecimated DCT", IEEE TIFS '
        "10(2), 2015, doi:10.1109/TIFS.2014.2364918",
    ),
    FeatureSet(
        "gfr",
        Domain.JPEG,
        17000,
        1,
        'X. Song, F. Liu, C. Yang, X. Luo, Y. Zhang, "Steganalysis of adaptive JPEG steganography using 2D Gabor '
        'filters", IH&MMSec 2015, doi:10.1145/2756601.2756608',
    ),
)
FEATURES: Mapping[str, FeatureSet] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
#: Smallest side of an image, in pixels: windows, and in the JPEG domain every phase of the grid, must be there.
SMALLEST: Mapping[str, int] = MappingProxyType({"spam": 4, "srm": 8, "srmq1": 8, "dctr": 16, "gfr": 16})


def extract(name: str, image: NDArray[Any], *quantization_table: NDArray[Any]) -> NDArray[np.float32]:
    """Take the features of one image.

    Parameters
    ----------
    name : str
        An entry of `FEATURES`.
    image : numpy.ndarray
        Of the spatial sets uint8 [height, width]; of the JPEG sets int [height, width], the quantised DCT coefficients
        of one component, 8x8 blocks in place.
    *quantization_table : numpy.ndarray
        JPEG sets only: int [8, 8].

    Returns
    -------
    numpy.ndarray
        float32 [dimension], the same bits on every processor.

    Raises
    ------
    ModelError
        Unknown name; an image of the wrong kind, dtype or shape, or too small; a table at whose quality the set is not
        defined.

    Examples
    --------
    >>> import numpy as np
    >>> extract("spam", np.random.default_rng(0).integers(0, 256, (16, 16), np.uint8)).shape
    (686,)
    """
    entry = _entry(name)
    _check_image(entry, image)
    if entry.domain is Domain.SPATIAL:
        if quantization_table:
            raise ModelError(f"features {name}: expected pixels alone, got a quantization table too")
        if name == "spam":
            from models.features import spam

            return spam.features(image)
        from models.features import srm

        return srm.features(image, QUANTISATIONS[name])
    quality = _quality(name, quantization_table)
    if name == "dctr":
        from models.features import dctr

        return dctr.features(image, quantization_table[0], quality)
    from models.features import gfr

    return gfr.features(image, quantization_table[0], quality)


def layout(name: str) -> list[tuple[str, int]]:
    """Sub-models of a set in order, each with its length.

    Examples
    --------
    >>> layout("srmq1")[0], sum(length for _, length in layout("srmq1"))
    (('s1_minmax22h_q1', 325), 12753)
    """
    entry = _entry(name)
    if name in QUANTISATIONS:
        from models.features import srm

        return list(srm.layout(QUANTISATIONS[name]))
    parts = {"spam": ("straight", "diagonal"), "gfr": ("cosine", "sine")}.get(name, (name,))
    return [(part, entry.dimension // len(parts)) for part in parts]


#: Quantisation steps of the SRM sets.
QUANTISATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({"srm": ("q1", "q15", "q2"), "srmq1": ("q1",)})
#: JPEG qualities at which a set is defined.
QUALITIES: Mapping[str, Sequence[int]] = MappingProxyType({"dctr": range(50, 100), "gfr": (75, 95)})


def _entry(name: str) -> FeatureSet:
    if name not in FEATURES:
        nearest = difflib.get_close_matches(name, FEATURES, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise ModelError(f"feature set: expected one of {', '.join(FEATURES)}, got {name!r}{hint}")
    return FEATURES[name]


def _check_image(entry: FeatureSet, image: NDArray[Any]) -> None:
    spatial = entry.domain is Domain.SPATIAL
    right = image.dtype == np.uint8 if spatial else np.issubdtype(image.dtype, np.integer)
    if not right or image.ndim != 2:
        wanted = "8-bit grey pixels, uint8" if spatial else "DCT coefficients of one component, int"
        raise ModelError(
            f"features {entry.name}: expected {wanted} [height, width], got {image.dtype} {list(image.shape)}"
        )
    least = SMALLEST[entry.name]
    if min(image.shape) < least:
        raise ModelError(
            f"features {entry.name}: expected an image of {least}x{least} pixels or more, got "
            f"{image.shape[1]}x{image.shape[0]}: leave it out"
        )
    if not spatial and (image.shape[0] % 8 or image.shape[1] % 8):
        raise ModelError(f"features {entry.name}: expected whole 8x8 blocks, got a plane of {list(image.shape)}")


def _quality(name: str, quantization_table: tuple[NDArray[Any], ...]) -> int:
    """JPEG quality of a table at which a set is defined."""
    if len(quantization_table) != 1 or np.shape(quantization_table[0]) != (8, 8):
        raise ModelError(f"features {name}: expected DCT coefficients and their quantization table, int [8, 8]")
    quality = quality_of(quantization_table[0])
    known = QUALITIES[name]
    if quality not in known:
        wanted = f"{known[0]} to {known[-1]}" if len(known) > 2 else " or ".join(map(str, known))
        got = quality or "no standard table"
        raise ModelError(
            f"features {name}: expected JPEG quality {wanted}, where its quantisation is defined, got {got}: "
            "take another set"
        )
    return quality


def check_domain(name: str, stego_set: StegoSet) -> None:
    """Raise DataError where a JPEG set is requested of stegos that have no coefficients."""
    if _entry(name).domain == Domain.JPEG != stego_set.domain:
        raise DataError(
            f"features {name}: expected stegos of the JPEG domain, got {stego_set}: take spam, srm or srmq1"
        )
