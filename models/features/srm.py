"""Spatial rich model (SRM): co-occurrences of quantised noise residuals in 106 submodels."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.features import _kernels_srm

#: (row, column) steps: right, left, up, down, and between them.
STEPS = {"R": (0, 1), "L": (0, -1), "U": (-1, 0), "D": (1, 0), "P": (-1, 1), "Q": (-1, -1), "S": (1, 1), "W": (1, -1)}
#: What a residual is called in the transposed image.
TRANSPOSED = str.maketrans("RLUDPW", "DULRWP")
#: Residuals of second order have no sense, so both diagonals stay what they are.
LINES = {"H": "R", "V": "D", "S": "S", "P": "P"}
LINES_TRANSPOSED = str.maketrans("HV", "VH")


class Submodel(NamedTuple):
    """Sets of residuals whose smallest (and largest) are scanned, along rows and along columns."""

    rows: str
    columns: str

    @property
    def twin(self) -> "Submodel":
        """The same with rows and columns swapped."""
        return Submodel(self.columns, self.rows)


_DIRECTIONS = {
    "minmax22h": Submodel("RL", "UD"),
    "minmax34h": Submodel("LUR RDL", "DLU URD"),
    "minmax24": Submodel("RU RD LU LD", "RU RD LU LD"),
    "minmax41": Submodel("RLUD", "RLUD"),
    "minmax34": Submodel("RUP RDS LUQ LDW", "RUP RDS LUQ LDW"),
    "minmax48h": Submodel("RUPQ LDWS RDSW LUQP", "RDSP LUQW RUPS LDWQ"),
    "minmax54": Submodel("RUPQS LDWSQ RDSWP LUQPW", "RUPQS LDWSQ RDSWP LUQPW"),
    "spam14h": Submodel("R", "U"),
}
_SECOND = {
    "minmax21": Submodel("HV", "HV"),
    "minmax41": Submodel("HVSP", "HVSP"),
    "minmax32": Submodel("HVP HVS", "HVP HVS"),
    "minmax24h": Submodel("PH SH", "PV SV"),
    "spam12h": Submodel("H", "V"),
}
_KERNELS = {
    "minmax24": Submodel("UL DR UR DL", "UL DR UR DL"),
    "minmax22h": Submodel("UD", "RL"),
    "minmax41": Submodel("UDLR", "UDLR"),
    "spam11": Submodel("K", "K"),
    "spam14h": Submodel("U D", "L R"),
}
_FIRST_NAMES = (
    "minmax22h minmax34h minmax22v minmax24 minmax34v minmax41 minmax34 minmax48h minmax48v minmax54 spam14hv"
)
#: Kind of residual -> names of its submodels, where the reference code has them.
NAMES = {
    "s1": _FIRST_NAMES,
    "s2": "minmax21 minmax41 minmax32 minmax24h minmax24v spam12hv",
    "s3": _FIRST_NAMES,
    "s3x3": "minmax24 minmax22h minmax22v minmax41 spam14hv",
    "s5x5": "minmax24 minmax22h minmax22v minmax41 spam11 spam14hv",
}
SUBMODELS = {"s1": _DIRECTIONS, "s2": _SECOND, "s3": _DIRECTIONS, "s3x3": _KERNELS, "s5x5": _KERNELS}
#: Sum of the weights of one sign, which a residual is divided by before it is quantised by q.
DIVISORS = {"s1": 1, "s2": 2, "s3": 3, "s3x3": 4, "s5x5": 12}
QUANTISATIONS = {"q1": 1.0, "q15": 1.5, "q2": 2.0}
#: 5x5 leaves two pixels a side, and a window is of four residuals.
SMALLEST = 8


def layout(quantisations: tuple[str, ...] = tuple(QUANTISATIONS)) -> Iterator[tuple[str, int]]:
    """Name and length of each submodel, in order."""
    for kind, names in NAMES.items():
        for quantisation in _quantisations(kind, quantisations):
            for name in names.split():
                # spam11 of both kernels stands together
                shown = "s35" if name == "spam11" else kind
                yield f"{shown}_{name}_{quantisation}", 338 if name.startswith("spam") else 325


def features(image: NDArray[np.uint8], quantisations: tuple[str, ...] = tuple(QUANTISATIONS)) -> NDArray[np.float32]:
    """Take the features of one image.

    Parameters
    ----------
    image : numpy.ndarray
        uint8 [height, width], both at least `SMALLEST`.
    quantisations : tuple of str
        Some of `QUANTISATIONS`; "q1" alone is SRMQ1.

    Returns
    -------
    numpy.ndarray
        float32 [34671], or [12753] of SRMQ1, in the order of `layout`.

    References
    ----------
    J. Fridrich, J. Kodovsky, "Rich models for steganalysis of digital images", IEEE TIFS 7(3), 2012,
    doi:10.1109/TIFS.2012.2190402.
    """
    along = {"columns": _histograms(image, False, quantisations), "rows": _histograms(image.T, True, quantisations)}
    shares = {key: _share(along["rows"][key]) + _share(along["columns"][key]) for key in along["rows"]}
    found = []
    for kind, names in NAMES.items():
        for quantisation in _quantisations(kind, quantisations):
            for name in names.split():
                found += [*_submodel(shares, kind, quantisation, name)]
    return np.concatenate(found)


def _quantisations(kind: str, quantisations: tuple[str, ...]) -> list[str]:
    return [one for one in quantisations if (kind, one) != ("s1", "q15")]


Key = tuple[str, str, str, int]


def _submodel(shares: Mapping[Key, NDArray[np.float64]], kind: str, quantisation: str, name: str) -> Iterator[NDArray]:
    if name == "spam11":
        parts = [("s3x3", name), ("s5x5", name)]
    elif name.startswith("spam"):
        parts = [(kind, name[:-1]), (kind, f"{name[:-2]}v")]
    else:
        small, large = (shares[kind, quantisation, name, mirrored].astype(np.float32) for mirrored in (0, 1))
        yield _by_direction(small + large)
        return
    for kernel, half in parts:
        yield _by_sign_and_direction(shares[kernel, quantisation, half, 0].astype(np.float32))


def _histograms(
    image: NDArray[np.uint8], transposed: bool, quantisations: tuple[str, ...]
) -> dict[Key, tuple[NDArray[np.int64], int]]:
    """Windows down the columns, and how many, by kind, quantisation, submodel, and planes as they are or mirrored."""
    pixels = np.ascontiguousarray(image, np.int16)
    found: dict[Key, tuple[NDArray[np.int64], int]] = {}
    for kind, (names, residuals) in _residuals(pixels).items():
        levels, mirrored = (np.empty(residuals.shape, np.uint8) for _ in range(2))
        smallest, other = (np.empty(residuals.shape[1:], np.uint8) for _ in range(2))
        count = (residuals.shape[1] - 3) * residuals.shape[2]
        for quantisation in _quantisations(kind, quantisations):
            step = QUANTISATIONS[quantisation] * DIVISORS[kind]
            _kernels_srm.quantise(residuals, int(-(-step // 2)), int(-(-1.5 * step // 1)), levels, mirrored)
            for name, sets in _sets(kind, names, transposed):
                for number, planes in enumerate((levels, mirrored)[: 1 if name.startswith("spam") else 2]):
                    counted = _kernels_srm.windows(planes, sets, smallest, other)
                    found[kind, quantisation, name, number] = (counted, len(sets) * count)
    return found


@cache
def _sets(kind: str, names: str, transposed: bool) -> list[tuple[str, NDArray[np.int64]]]:
    """Name of each submodel, and its sets as numbers of planes: those along columns, of the transposed image rows."""
    found = []
    renamed = LINES_TRANSPOSED if kind == "s2" else TRANSPOSED
    for name, submodel in SUBMODELS[kind].items():
        twins = [(name, submodel)]
        if name.endswith("h"):
            twins.append((f"{name[:-1]}v", submodel.twin))
        for twin, model in twins:
            sets = model.rows.translate(renamed) if transposed else model.columns
            found.append((twin, np.array([[names.index(one) for one in chosen] for chosen in sets.split()])))
    return found


def _residuals(pixels: NDArray[np.int16]) -> dict[str, tuple[str, NDArray[np.int16]]]:
    """Kind -> names of its planes, one letter each, and the planes, int16 [n, h, w]."""

    def at(row: int, column: int, border: int) -> NDArray[np.int16]:
        height, width = pixels.shape
        return pixels[border + row : height - border + row, border + column : width - border + column]

    centre, inner = at(0, 0, 1), at(0, 0, 2)
    first = [at(*step, 1) - centre for step in STEPS.values()]
    second = [at(-i, -j, 1) - 2 * centre + at(i, j, 1) for i, j in (STEPS[LINES[line]] for line in LINES)]
    third = [3 * (at(i, j, 2) - inner) - at(2 * i, 2 * j, 2) + at(-i, -j, 2) for i, j in STEPS.values()]
    directions = "".join(STEPS)
    return {
        "s1": (directions, np.array(first)),
        "s2": ("".join(LINES), np.array(second)),
        "s3": (directions, np.array(third)),
        "s3x3": ("KUDLR", _halves(pixels, KERNEL_3X3)),
        "s5x5": ("KUDLR", _halves(pixels, KERNEL_5X5)),
    }


KERNEL_3X3 = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.int16)
KERNEL_5X5 = np.array(
    [[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]], np.int16
)


def _halves(pixels: NDArray[np.int16], kernel: NDArray[np.int16]) -> NDArray[np.int16]:
    """Residuals of a symmetric kernel, whole and its upper, lower, left and right half, each with the middle."""
    half = len(kernel) // 2
    vertical = [_along_rows(pixels, kernel[row]) for row in range(half + 1)]
    horizontal = [_along_rows(pixels.T, kernel[row]) for row in range(half + 1)]
    upper, lower = _ends(vertical, half)
    left, right = (end.T for end in _ends(horizontal, half))
    middle = vertical[half][half : len(pixels) - half]
    return np.array([upper + lower - middle, upper, lower, left, right])


def _along_rows(pixels: NDArray[np.int16], weights: NDArray[np.int16]) -> NDArray[np.int16]:
    half, width = len(weights) // 2, pixels.shape[1]
    found = weights[half] * pixels[:, half : width - half]
    for k in range(half):
        found += weights[k] * (pixels[:, k : width - 2 * half + k] + pixels[:, 2 * half - k : width - k])
    return found


def _ends(rows: list[NDArray[np.int16]], half: int) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Sum over the rows above the middle and it, and over those below and it."""
    height = len(rows[0]) - 2 * half
    above = sum(rows[k][k : k + height] for k in range(half))
    below = sum(rows[k][2 * half - k : 2 * half - k + height] for k in range(half))
    middle = rows[half][half : half + height]
    return above + middle, below + middle


def _share(counted: tuple[NDArray[np.int64], int]) -> NDArray[np.float64]:
    histogram, windows = counted
    return histogram / windows


BINS = np.arange(625)
REVERSE = BINS.reshape(5, 5, 5, 5).transpose(3, 2, 1, 0).reshape(-1)
#: Bins that stand for those that are the same but for direction; and but for direction and sign, all zeros first.
BY_DIRECTION = BINS[REVERSE >= BINS]
BY_SIGN_AND_DIRECTION = np.append(312, BINS[(REVERSE >= BINS) & (624 - BINS > BINS) & (624 - REVERSE >= BINS)])


def _by_direction(histogram: NDArray[np.float32]) -> NDArray[np.float32]:
    there, back = BY_DIRECTION, REVERSE[BY_DIRECTION]
    return histogram[there] + np.where(there == back, np.float32(0), histogram[back])


def _by_sign_and_direction(histogram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum bins in the order bin, mirrored, reversed, reversed and mirrored, each once."""
    there, back = BY_SIGN_AND_DIRECTION, REVERSE[BY_SIGN_AND_DIRECTION]
    zero = np.float32(0)
    alone = (back == there) | (back == 624 - there)
    found = histogram[there] + np.where(there == 312, zero, histogram[624 - there])
    found += np.where(alone, zero, histogram[back])
    return found + np.where(alone, zero, histogram[624 - back])
