"""Spatial rich model (SRM): co-occurrences of quantised noise residuals in 106 submodels."""

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.features import _kernels_spatial
from models.networks.srm import SQUARE_3, SQUARE_5

#: (row, column) steps: right, left, up, down, and between them.
STEPS = {"R": (0, 1), "L": (0, -1), "U": (-1, 0), "D": (1, 0), "P": (-1, 1), "Q": (-1, -1), "S": (1, 1), "W": (1, -1)}
#: Residuals of second order lie on lines; transposing an image leaves both diagonals as they are.
LINES = {"H": "R", "V": "D", "A": "S", "B": "P"}
#: Name of each residual in the transposed image.
TRANSPOSED = str.maketrans("RLUDPWHV", "DULRWPVH")

_DIRECTIONS = {
    "minmax22h": ("RL", "UD"),
    "minmax34h": ("LUR RDL", "DLU URD"),
    "minmax24": ("RU RD LU LD", "RU RD LU LD"),
    "minmax41": ("RLUD", "RLUD"),
    "minmax34": ("RUP RDS LUQ LDW", "RUP RDS LUQ LDW"),
    "minmax48h": ("RUPQ LDWS RDSW LUQP", "RDSP LUQW RUPS LDWQ"),
    "minmax54": ("RUPQS LDWSQ RDSWP LUQPW", "RUPQS LDWSQ RDSWP LUQPW"),
    "spam14h": ("R", "U"),
}
_SECOND = {
    "minmax21": ("HV", "HV"),
    "minmax41": ("HVAB", "HVAB"),
    "minmax32": ("HVB HVA", "HVB HVA"),
    "minmax24h": ("BH AH", "BV AV"),
    "spam12h": ("H", "V"),
}
_KERNELS = {
    "minmax24": ("UL DR UR DL", "UL DR UR DL"),
    "minmax22h": ("UD", "RL"),
    "minmax41": ("UDLR", "UDLR"),
    "spam11": ("K", "K"),
    "spam14h": ("U D", "L R"),
}
#: Residual -> submodel -> sets of planes whose smallest (and largest) are scanned along rows, and along columns; those
#: in v are those in h with rows and columns swapped.
SUBMODELS = {"s1": _DIRECTIONS, "s2": _SECOND, "s3": _DIRECTIONS, "s3x3": _KERNELS, "s5x5": _KERNELS}
_FIRST_NAMES = (
    "minmax22h minmax34h minmax22v minmax24 minmax34v minmax41 minmax34 minmax48h minmax48v minmax54 spam14hv"
)
#: Residual -> names of its submodels, in the order of the reference code.
NAMES = {
    "s1": _FIRST_NAMES,
    "s2": "minmax21 minmax41 minmax32 minmax24h minmax24v spam12hv",
    "s3": _FIRST_NAMES,
    "s3x3": "minmax24 minmax22h minmax22v minmax41 spam14hv",
    "s5x5": "minmax24 minmax22h minmax22v minmax41 spam11 spam14hv",
}
#: Sum of the weights of one sign, which a residual is divided by before it is quantised by q.
DIVISORS = {"s1": 1, "s2": 2, "s3": 3, "s3x3": 4, "s5x5": 12}
QUANTISATIONS = {"q1": 1.0, "q15": 1.5, "q2": 2.0}
#: Feature set -> its quantisations.
SETS = {"srm": ("q1", "q15", "q2"), "srmq1": ("q1",)}


def layout(quantisations: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Yield name and length of each submodel, in order."""
    for residual, quantisation, name in _submodels(quantisations):
        # spam11 of both kernels are one submodel
        shown = "s35" if name == "spam11" else residual
        yield f"{shown}_{name}_{quantisation}", 338 if name.startswith("spam") else 325


def features(image: NDArray[np.uint8], quantisations: tuple[str, ...]) -> NDArray[np.float32]:
    """Compute the features of one image.

    Parameters
    ----------
    image : numpy.ndarray
        uint8 [height, width], both at least 8.
    quantisations : tuple of str
        An entry of `SETS`.

    Returns
    -------
    numpy.ndarray
        float32 [34671], or [12753] of SRMQ1, in the order of `layout`. Source: doi:10.1109/TIFS.2012.2190402.
    """
    columns, rows = _shares(image, False, quantisations), _shares(image.T, True, quantisations)
    shares = {key: (rows[key] + columns[key]).astype(np.float32) for key in rows}
    return np.concatenate([_submodel(shares, *submodel) for submodel in _submodels(quantisations)])


def _submodels(quantisations: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for residual, names in NAMES.items():
        for quantisation in _quantisations(residual, quantisations):
            for name in names.split():
                yield residual, quantisation, name


def _quantisations(residual: str, quantisations: tuple[str, ...]) -> list[str]:
    return [quantisation for quantisation in quantisations if (residual, quantisation) != ("s1", "q15")]


#: Residual, quantisation, submodel, and 1 for the planes mirrored.
Key = tuple[str, str, str, int]


def _submodel(
    shares: Mapping[Key, NDArray[np.float32]], residual: str, quantisation: str, name: str
) -> NDArray[np.float32]:
    if name.startswith("minmax"):
        return _by_direction(shares[residual, quantisation, name, 0] + shares[residual, quantisation, name, 1])
    if name == "spam11":
        halves = [("s3x3", name), ("s5x5", name)]
    else:
        halves = [(residual, name[:-1]), (residual, f"{name[:-2]}v")]
    return np.concatenate([_by_sign_and_direction(shares[key, quantisation, half, 0]) for key, half in halves])


def _shares(
    image: NDArray[np.uint8], transposed: bool, quantisations: tuple[str, ...]
) -> dict[Key, NDArray[np.float64]]:
    """Shares of each window down the columns, [625]."""
    shares: dict[Key, NDArray[np.float64]] = {}
    for residual, (letters, planes) in _residuals(np.ascontiguousarray(image, np.int16)).items():
        levels, mirrored = (np.empty(planes.shape, np.uint8) for _ in range(2))
        smallest, other = (np.empty(planes.shape[1:], np.uint8) for _ in range(2))
        windows = (planes.shape[1] - 3) * planes.shape[2]
        for quantisation in _quantisations(residual, quantisations):
            step = QUANTISATIONS[quantisation] * DIVISORS[residual]
            _kernels_spatial.quantise(planes, int(-(-step // 2)), int(-(-1.5 * step // 1)), levels, mirrored)
            for name, sets in _sets(residual, letters, transposed):
                for number, scanned in enumerate((levels,) if name.startswith("spam") else (levels, mirrored)):
                    counts = _kernels_spatial.windows(scanned, sets, smallest, other)
                    shares[residual, quantisation, name, number] = counts / (len(sets) * windows)
    return shares


@cache
def _sets(residual: str, letters: str, transposed: bool) -> list[tuple[str, NDArray[np.int64]]]:
    """Name of each submodel, and its sets as numbers of planes: those along columns, of the transposed image rows."""
    submodels = []
    for name, (rows, columns) in SUBMODELS[residual].items():
        submodels.append((name, rows, columns))
        if name.endswith("h"):
            submodels.append((f"{name[:-1]}v", columns, rows))
    scanned = [(name, rows.translate(TRANSPOSED) if transposed else columns) for name, rows, columns in submodels]
    return [(name, np.array([list(map(letters.index, planes)) for planes in sets.split()])) for name, sets in scanned]


def _residuals(pixels: NDArray[np.int16]) -> dict[str, tuple[str, NDArray[np.int16]]]:
    """Residual -> names of its planes, one letter each, and the planes, int16 [n, h, w]."""

    def at(row: int, column: int, border: int) -> NDArray[np.int16]:
        height, width = pixels.shape
        return pixels[border + row : height - border + row, border + column : width - border + column]

    centre, inner = at(0, 0, 1), at(0, 0, 2)
    first = [at(*step, 1) - centre for step in STEPS.values()]
    second = [at(-i, -j, 1) - 2 * centre + at(i, j, 1) for i, j in (STEPS[name] for name in LINES.values())]
    third = [3 * (at(i, j, 2) - inner) - at(2 * i, 2 * j, 2) + at(-i, -j, 2) for i, j in STEPS.values()]
    return {
        "s1": ("".join(STEPS), np.array(first)),
        "s2": ("".join(LINES), np.array(second)),
        "s3": ("".join(STEPS), np.array(third)),
        "s3x3": ("KUDLR", _halves(pixels, np.array(SQUARE_3, np.int16))),
        "s5x5": ("KUDLR", _halves(pixels, np.array(SQUARE_5, np.int16))),
    }


def _halves(pixels: NDArray[np.int16], kernel: NDArray[np.int16]) -> NDArray[np.int16]:
    """Residuals of a symmetric kernel, whole and its upper, lower, left and right half, each with the middle."""
    half = len(kernel) // 2

    def along_rows(image: NDArray[np.int16], weights: NDArray[np.int16]) -> NDArray[np.int16]:
        width = image.shape[1]
        total = weights[half] * image[:, half : width - half]
        for k in range(half):
            total += weights[k] * (image[:, k : width - 2 * half + k] + image[:, 2 * half - k : width - k])
        return total

    def upper(image: NDArray[np.int16]) -> NDArray[np.int16]:
        height = len(image) - 2 * half
        total = along_rows(image[half : half + height], kernel[half])
        for k in range(half):
            total += along_rows(image[k : k + height], kernel[k])
        return total

    top, bottom = upper(pixels), upper(pixels[::-1])[::-1]
    left, right = upper(pixels.T).T, upper(pixels.T[::-1])[::-1].T
    middle = along_rows(pixels[half : len(pixels) - half], kernel[half])
    return np.array([top + bottom - middle, top, bottom, left, right])


BINS = np.arange(625)
REVERSE = BINS.reshape(5, 5, 5, 5).transpose(3, 2, 1, 0).reshape(-1)
#: Bins that stand for those that are the same but for direction; and but for direction and sign, all zeros first.
BY_DIRECTION = BINS[REVERSE >= BINS]
BY_SIGN_AND_DIRECTION = np.append(312, BINS[(REVERSE >= BINS) & (624 - BINS > BINS) & (624 - REVERSE >= BINS)])


def _by_direction(histogram: NDArray[np.float32]) -> NDArray[np.float32]:
    bins, reverse = BY_DIRECTION, REVERSE[BY_DIRECTION]
    return histogram[bins] + np.where(bins == reverse, np.float32(0), histogram[reverse])


def _by_sign_and_direction(histogram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum bins in the order bin, mirrored, reversed, reversed and mirrored, each once."""
    bins, reverse, zero = BY_SIGN_AND_DIRECTION, REVERSE[BY_SIGN_AND_DIRECTION], np.float32(0)
    alone = (reverse == bins) | (reverse == 624 - bins)
    total = histogram[bins] + np.where(bins == 312, zero, histogram[624 - bins])
    total += np.where(alone, zero, histogram[reverse])
    return total + np.where(alone, zero, histogram[624 - reverse])
