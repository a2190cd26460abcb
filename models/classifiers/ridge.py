"""Ridge regression in the dual, for more features than images; lambda by leaving whole groups out, in closed form."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from models.classifiers import Fitted

#: Lambda, of the mean squared length of an image's standardised features.
LAMBDAS = (0.003, 0.01, 0.03, 0.1)
#: Features that are standardised at a time.
CHUNK = 1024


def fit(features: NDArray[np.float32], groups: NDArray[np.int64], seed: int) -> Fitted:
    """Learn, with the lambda that is wrong on the fewest images of left-out groups; nothing is drawn."""
    labels = np.where(np.arange(features.shape[1]) % 2 == 1, 1.0, -1.0)
    mean, scale = _moments(features)
    gram = np.zeros((len(labels), len(labels)))
    for start in range(0, len(features), CHUNK):
        block = _standardised(features, mean, scale, start)
        gram += block.T @ block
    unit = float(np.trace(gram)) / len(gram)
    tried = {share: left_out(gram, labels, groups.repeat(2), share * unit) for share in LAMBDAS}
    best = min(LAMBDAS, key=lambda share: (_error(tried[share], labels), -share))
    gram[np.diag_indices_from(gram)] += best * unit
    dual = scipy.linalg.solve(gram, labels, assume_a="pos", overwrite_a=True)
    weights = np.concatenate(
        [
            scale[start : start + CHUNK] * (_standardised(features, mean, scale, start) @ dual)
            for start in range(0, len(features), CHUNK)
        ]
    )
    arrays = {
        "weights": weights,
        "offset": np.array(-weights @ mean),
        "slope": np.array(_slope(tried[best], labels)),
    }
    chosen = {
        "by": "error on left-out groups",
        "lambda": best,
        "error": _error(tried[best], labels),
        "tried": [{"lambda": share, "error": _error(found, labels)} for share, found in tried.items()],
    }
    return Fitted(arrays, chosen)


def scores(arrays: Mapping[str, NDArray[Any]], features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Logistic function of the regression; its slope was fitted to the predictions of left-out groups."""
    values = np.full(features.shape[1], float(arrays["offset"]))
    for start in range(0, len(features), CHUNK):
        values += arrays["weights"][start : start + CHUNK] @ features[start : start + CHUNK].astype(np.float64)
    return 1 / (1 + np.exp(-np.clip(float(arrays["slope"]) * values, -700, 700)))


def left_out(
    gram: NDArray[np.float64], labels: NDArray[np.float64], groups: NDArray[np.int64], penalty: float
) -> NDArray[np.float64]:
    """Predictions of each group by the regression on all others.

    With C = (K + lambda I)^-1 the predictions of a group g that was left out are y_g - (C_gg)^-1 (C y)_g: no regression
    is solved anew. Features stay standardised as they are with all groups.

    Parameters
    ----------
    gram : numpy.ndarray
        float64 [n, n], scalar products of the images.
    labels : numpy.ndarray
        float64 [n], -1 or 1.
    groups : numpy.ndarray
        int [n].
    penalty : float
        Lambda, > 0.
    """
    inverse = gram.copy()
    inverse[np.diag_indices_from(inverse)] += penalty
    inverse, _ = scipy.linalg.lapack.dpotri(scipy.linalg.cholesky(inverse, lower=True, overwrite_a=True), lower=True)
    dual = scipy.linalg.blas.dsymv(1.0, inverse, labels, lower=True)
    predicted = np.empty(len(labels))
    for members in np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1]):
        members = np.sort(members)
        below = np.tril(inverse[np.ix_(members, members)])  # of the other half dpotri writes nothing
        block = below + np.tril(below, -1).T
        predicted[members] = labels[members] - np.linalg.solve(block, dual[members])
    return predicted


def _moments(features: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean of each feature, and one over its standard deviation, 0 where it never varies."""
    mean = np.array([row.mean(dtype=np.float64) for row in features])
    deviation = np.array([row.std(dtype=np.float64) for row in features])
    return mean, np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)


def _standardised(
    features: NDArray[np.float32], mean: NDArray[np.float64], scale: NDArray[np.float64], start: int
) -> NDArray[np.float64]:
    some = slice(start, start + CHUNK)
    return (features[some] - mean[some, None]) * scale[some, None]


def _slope(predicted: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """Slope of the logistic function with the least cross-entropy."""

    def loss(slope: float) -> float:
        return float(np.logaddexp(0, -slope * predicted * labels).mean())

    return float(minimize_scalar(loss, bounds=(0.1, 100), method="bounded").x)


def _error(predicted: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    return float(np.mean((predicted >= 0) != (labels > 0)))
