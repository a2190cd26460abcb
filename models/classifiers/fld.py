"""Ensemble of Fisher discriminants, each in a random subspace, that vote.

J. Kodovsky, J. Fridrich, V. Holub, "Ensemble classifiers for steganalysis of digital media", IEEE TIFS 7(2), 2012,
doi:10.1109/TIFS.2011.2175919. Whole groups are drawn: of images of a drawn photograph the error would be too small.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from models.classifiers import Fitted, inverse_deviations
from models.errors import ModelError

#: Sizes of subspaces go up by this much first.
STEP = 200
#: Learners are enough once the moving mean over `WINDOW` of their error has stayed within `STEADY` for as many.
WINDOW, STEADY, MOST = 25, 0.005, 501
#: Added to the covariance, of its mean variance: features that depend on one another leave it singular.
RIDGE = 1e-3


class Learner(NamedTuple):
    """One discriminant: its features, their weights, and the projection from which on it votes for stego."""

    subspace: NDArray[np.int32]
    weights: NDArray[np.float64]
    threshold: float


class Ensemble(NamedTuple):
    """Learners with the out-of-bag error after each."""

    learners: list[Learner]
    errors: list[float]

    @property
    def error(self) -> float:
        """Out-of-bag error, as a mean over the last ones: a single one is chance."""
        return float(np.mean(self.errors[-WINDOW:]))


def fit(features: NDArray[np.float32], groups: NDArray[np.int64], seed: int, known: Mapping[str, Any]) -> Fitted:
    """Fit, with the size of subspaces and the number of learners chosen by the out-of-bag error."""
    scale = inverse_deviations(features)
    tried: dict[int, Ensemble] = {}

    def error(size: int) -> float:
        tried[size] = tried.get(size) or grown(features, scale, groups, size, seed)
        return tried[size].error

    usable = int(np.count_nonzero(scale))
    size = (
        min(known["subspace"], usable)
        if "subspace" in known
        else search(error, usable, max(STEADY, 0.5 / np.sqrt(features.shape[1])))
    )
    error(size)
    learners, errors = tried[size]
    chosen = {
        "by": "out-of-bag error",
        "subspace": size,
        "learners": len(learners),
        "error": tried[size].error,
        "tried": [{"subspace": size, "error": tried[size].error} for size in sorted(tried)],
        "curve": errors,
    }
    subspaces, weights, thresholds = map(np.array, zip(*learners, strict=True))
    return Fitted({"subspaces": subspaces, "weights": weights, "thresholds": thresholds}, chosen)


def scores(arrays: Mapping[str, NDArray[Any]], features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Share of votes for stego; the number of learners is odd, so that there are no ties."""
    votes = np.zeros(features.shape[1])
    for subspace, weights, threshold in zip(arrays["subspaces"], arrays["weights"], arrays["thresholds"], strict=True):
        votes += weights @ features[subspace].astype(np.float64) >= threshold
    return votes / len(arrays["thresholds"])


def search(error: Callable[[int], float], largest: int, chance: float) -> int:
    """Size of subspaces: up in steps while the error falls by more than chance, then half a step to each side."""
    best = size = min(STEP, largest)
    while size < largest:
        size = min(size + STEP, largest)
        if error(size) > error(best) - chance:
            break
        best = size
    for near in (best - STEP // 2, best + STEP // 2):
        if 0 < near <= largest and error(near) < error(best) - chance:
            best = near
    return best


def grown(
    features: NDArray[np.float32], scale: NDArray[np.float64], groups: NDArray[np.int64], size: int, seed: int
) -> Ensemble:
    """Add learners until the out-of-bag error is steady; the same learners whatever else was tried.

    The error is 0.5 until a first image is out of the bag.
    """
    rng = np.random.default_rng([seed, size])
    stego = np.arange(features.shape[1]) % 2 == 1
    usable = np.flatnonzero(scale).astype(np.int32)
    votes, voters = np.zeros(len(stego)), np.zeros(len(stego))
    learners: list[Learner] = []
    errors: list[float] = []
    number = int(groups.max()) + 1
    while len(learners) < MOST and not (steady(errors) and len(learners) % 2):
        subspace = np.sort(rng.choice(usable, size, replace=False))
        drawn = np.bincount(rng.integers(0, number, number), minlength=number)[groups].repeat(2)
        values = features[subspace].astype(np.float64)
        learner, projections = _discriminant(values, scale[subspace], drawn, stego, subspace)
        out_of_bag = drawn == 0
        votes += out_of_bag * (projections >= learner.threshold)
        voters += out_of_bag
        learners.append(learner)
        judged = voters > 0
        wrong = (votes[judged] >= voters[judged] / 2) != stego[judged]
        errors.append(float(wrong.mean()) if judged.any() else 0.5)
    if not judged.any():
        raise ModelError(f"classifier fld: expected images out of the bag, got none in {number} groups: add images")
    return Ensemble(learners, errors)


def steady(errors: list[float]) -> bool:
    """Whether the moving mean of the error has stayed within `STEADY`."""
    if len(errors) < 2 * WINDOW:
        return False
    means = np.convolve(errors[-2 * WINDOW :], np.full(WINDOW, 1 / WINDOW), "valid")
    return bool(means.max() - means.min() <= STEADY)


def _discriminant(
    values: NDArray[np.float64],
    scale: NDArray[np.float64],
    drawn: NDArray[np.int64],
    stego: NDArray[np.bool_],
    subspace: NDArray[np.int32],
) -> tuple[Learner, NDArray[np.float64]]:
    """Fisher's discriminant of images that count as often as they were drawn, and the projections of all images."""
    values *= scale[:, None]
    means = [values @ (drawn * members) / (drawn * members).sum() for members in (~stego, stego)]
    centred = (values - np.where(stego, means[1][:, None], means[0][:, None])) * np.sqrt(drawn)
    covariance = centred @ centred.T / drawn.sum()
    covariance[np.diag_indices_from(covariance)] += RIDGE * np.trace(covariance) / len(covariance)
    weights = scipy.linalg.solve(covariance, means[1] - means[0], assume_a="pos")
    projections = weights @ values
    return Learner(subspace, weights * scale, threshold_of(projections, drawn, stego)), projections


def threshold_of(projections: NDArray[np.float64], drawn: NDArray[np.int64], stego: NDArray[np.bool_]) -> float:
    """Middle of the gap at which the fewest images that were drawn lie on the wrong side."""
    order = np.argsort(projections, kind="stable")
    order = order[drawn[order] > 0]
    ordered = projections[order]
    # below the threshold: stegos are missed, covers are right
    wrong = np.cumsum(np.where(stego[order], drawn[order], -drawn[order]))[:-1]
    wrong = np.where(np.diff(ordered) > 0, wrong, np.inf)
    if not np.isfinite(wrong).any():
        return float(ordered[0])
    best = int(np.argmin(wrong))
    return float((ordered[best] + ordered[best + 1]) / 2)
