"""95 % intervals of everything that the report shows; each returns (low, high)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.scores import Scores

#: Resamples of groups for an interval of P_E, and of a difference of accuracies.
P_E_RESAMPLES = 500
GAIN_RESAMPLES = 2000
UNKNOWN = (np.nan, np.nan)


def p_e(scores_of_seeds: Sequence[Scores], groups: Sequence[str]) -> tuple[float, float, float]:
    """Return P_E of the same n images, averaged over seeds, and its interval from resampling whole groups [n].

    All in [0, 0.5]; the bounds are NaN if there is only one group. The basic bootstrap (twice the estimate less the
    quantiles of the resamples): a resampled P_E is biased downwards, because the best threshold is chosen anew, and
    plain quantiles would double that bias.
    """
    _, group_of = np.unique(groups, return_inverse=True)
    count = int(group_of.max()) + 1
    estimate = float(np.mean([weighted_p_e(scores, np.ones((1, len(groups))))[0] for scores in scores_of_seeds]))
    if count == 1:
        return estimate, *UNKNOWN
    drawn = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), P_E_RESAMPLES).astype(np.float64)
    resampled = np.mean([weighted_p_e(scores, drawn[:, group_of]) for scores in scores_of_seeds], axis=0)
    low, high = np.clip(2 * estimate - np.nanquantile(resampled, [0.975, 0.025]), 0, 0.5)
    return estimate, float(low), float(high)


def weighted_p_e(scores: Scores, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """P_E of images counted with weights [resamples, n] -> [resamples]; NaN where a class is missing."""
    order = np.argsort(-scores.values, kind="stable")
    last_of_value = np.append(np.diff(scores.values[order]) != 0, True)
    stego = scores.labels[order] == 1
    sorted_weights = weights[:, order]
    detected = np.cumsum(sorted_weights * stego, axis=1)
    alarmed = np.cumsum(sorted_weights * ~stego, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = (alarmed / alarmed[:, -1:] + 1 - detected / detected[:, -1:]) / 2
    return np.minimum(errors[:, last_of_value].min(axis=1), 0.5)


def gain(gains: NDArray[np.float64], groups: Sequence[str]) -> tuple[float, float]:
    """Percentile bootstrap interval of a mean gain per image [n], resampling whole groups; NaN for one group."""
    _, group_of = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(group_of, weights=gains), np.bincount(group_of)
    if len(sums) == 1:
        return UNKNOWN
    drawn = np.random.default_rng(0).integers(0, len(sums), (GAIN_RESAMPLES, len(sums)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)
