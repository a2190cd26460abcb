"""Feature sets once more, as plain loops or SciPy's convolutions: slow, and easy to compare with the papers."""

from itertools import pairwise, product

import numpy as np
from scipy.fft import idctn
from scipy.signal import correlate2d

from models.features import jpeg, srm
from models.networks.srm import SQUARE_3, SQUARE_5

#: Where each residual of a direction looks: how far it reaches, and weights by (row, column) step.
FAR = {"s1": 1, "s2": 1, "s3": 2, "s3x3": 1, "s5x5": 2}


def stencil(residual, name):
    """Weights of one residual, as a small array about its pixel."""
    size = 2 * FAR[residual] + 1
    weights = np.zeros((size, size), int)
    middle = size // 2
    if residual in ("s3x3", "s5x5"):
        whole = np.array(SQUARE_3 if residual == "s3x3" else SQUARE_5)
        weights += whole
        keep = {
            "K": np.s_[:, :],
            "U": np.s_[: middle + 1],
            "D": np.s_[middle:],
            "L": np.s_[:, : middle + 1],
            "R": np.s_[:, middle:],
        }[name]
        mask = np.zeros_like(weights)
        mask[keep] = 1
        return weights * mask
    i, j = srm.STEPS[srm.LINES[name]] if residual == "s2" else srm.STEPS[name]
    for step, weight in {"s1": {0: -1, 1: 1}, "s2": {-1: 1, 0: -2, 1: 1}, "s3": {-1: 1, 0: -3, 1: 3, 2: -1}}[
        residual
    ].items():
        weights[middle + step * i, middle + step * j] += weight
    return weights


def quantised(image, residual, name, q):
    """Residual over q times its divisor, rounded half away from zero, cut off at 2."""
    response = correlate2d(image.astype(int), stencil(residual, name), "valid") / (q * srm.DIVISORS[residual])
    return np.clip(np.sign(response) * np.floor(np.abs(response) + 0.5), -2, 2).astype(int)


def co_occurrence(planes, along_rows):
    """Shares of four levels in a row, or down a column, over all planes."""
    counts, number = np.zeros((5, 5, 5, 5)), 0
    for plane in planes:
        plane = plane if along_rows else plane.T
        for i, j in product(range(plane.shape[0]), range(plane.shape[1] - 3)):
            counts[tuple(plane[i, j : j + 4] + 2)] += 1
            number += 1
    return counts / number


def srm_part(image, residual, name, q):
    """One submodel; those in v are given as h with rows and columns swapped."""
    base = f"{name[:-1]}h" if name.endswith("v") else name
    rows, columns = srm.SUBMODELS[residual][base]
    if name.endswith("v"):
        rows, columns = columns, rows
    planes = {letter: quantised(image, residual, letter, q) for letter in set(rows + columns) - {" "}}

    def scanned(choose):
        chosen = [
            [choose([planes[letter] for letter in letters]) for letters in sets.split()] for sets in (rows, columns)
        ]
        return (co_occurrence(chosen[0], True) + co_occurrence(chosen[1], False)).astype(np.float32)

    smallest = scanned(np.minimum.reduce)
    if name.startswith("spam"):
        orbits = {}
        for bin_, share in np.ndenumerate(smallest):
            flipped = tuple(4 - level for level in bin_)
            orbits.setdefault(min(bin_, bin_[::-1], flipped, flipped[::-1]), []).append(share)
        zero = orbits.pop((2, 2, 2, 2))
        return np.array([sum(zero), *(sum(shares) for _, shares in sorted(orbits.items()))])
    both = smallest + scanned(np.maximum.reduce)[::-1, ::-1, ::-1, ::-1]
    return np.array(
        [
            both[bin_] if bin_ == bin_[::-1] else both[bin_] + both[bin_[::-1]]
            for bin_ in np.ndindex(both.shape)
            if bin_ <= bin_[::-1]
        ]
    )


def spam(image):
    """SPAM from shares, counted one by one."""
    differences_of = {
        (0, 1): lambda x: x[:, :-1] - x[:, 1:],
        (0, -1): lambda x: (x[:, 1:] - x[:, :-1])[:, ::-1],
        (1, 0): lambda x: (x[:-1] - x[1:]).T,
        (-1, 0): lambda x: (x[1:] - x[:-1])[::-1].T,
    }
    image = image.astype(int)
    straight = [share([list(row) for row in take(image)]) for take in differences_of.values()]
    diagonal = []
    for picture in (image, image[::-1]):
        lines = [np.diagonal(picture, k).tolist() for k in range(-picture.shape[0] + 1, picture.shape[1])]
        forth = [[a - b for a, b in pairwise(line)] for line in lines]
        back = [[b - a for a, b in pairwise(line)][::-1] for line in lines]
        diagonal += [share(forth), share(back)]
    return np.concatenate([np.mean(straight, axis=0).reshape(-1), np.mean(diagonal, axis=0).reshape(-1)])


def share(lines):
    counts = np.zeros((7, 7, 7))
    for line in lines:
        levels = [min(max(int(difference), -3), 3) + 3 for difference in line]
        for three in zip(levels, levels[1:], levels[2:], strict=False):
            counts[three] += 1
    return counts / counts.sum()


def unrounded(coefficients, table):
    height, width = coefficients.shape
    blocks = (coefficients.reshape(height // 8, 8, width // 8, 8) * table[None, :, None, :]).transpose(0, 2, 1, 3)
    return idctn(blocks.astype(float), axes=(2, 3), norm="ortho").transpose(0, 2, 1, 3).reshape(height, width)


def by_phase(response, step):
    """Shares of levels of one response, 5 x 5 groups of phases; half away from zero, with what is all but a half."""
    levels = np.minimum(np.floor(np.abs(response) / step + 0.5 + 5.01e-6), 4)
    counts = np.zeros((5, 5, 5))
    for i, j in np.ndindex(levels.shape):
        row, column = (min(phase % 8, 8 - phase % 8) for phase in (i, j))
        counts[row, column, int(levels[i, j])] += 1
    return counts / counts.sum(axis=2, keepdims=True)


def dctr(coefficients, table, quality):
    pixels = unrounded(coefficients, table)
    shares = []
    for k, m in np.ndindex(8, 8):
        basis = idctn(np.eye(64)[8 * k + m].reshape(8, 8), norm="ortho")
        shares.append(by_phase(correlate2d(pixels, basis, "valid"), 8 * (2 - quality / 50)))
    return np.array(shares).reshape(-1)


def gabor(scale, angle, sine):
    """Gabor filter in float64, from the paper's formula, of zero sum."""
    x, y = np.meshgrid(np.arange(8) - 3.5, 3.5 - np.arange(8))
    theta = np.pi * angle / 32
    along, beside = x * np.cos(theta) + y * np.sin(theta), -x * np.sin(theta) + y * np.cos(theta)
    kernel = np.exp(-(along**2 + 0.25 * beside**2) / (2 * scale**2))
    kernel *= np.cos(2 * np.pi * 0.56 / scale * along + (np.pi / 2 if sine else 0))
    return kernel - np.abs(kernel) * kernel.sum() / np.abs(kernel).sum()


def gfr_part(coefficients, table, quality, sine, scale, angle):
    """Shares of one filter and its mirror image together, [125]."""
    pixels = unrounded(coefficients, table)
    step = jpeg.STEPS[quality][jpeg.SCALES.index(scale)]
    angles = {angle, (32 - angle) % 32}
    shares = [by_phase(correlate2d(pixels, gabor(scale, each, sine), "valid"), step) for each in sorted(angles)]
    return np.mean(shares, axis=0).reshape(-1)
