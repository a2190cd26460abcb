"""Ridge regression in the dual, for more features than images; lambda by leaving whole groups out, in closed form."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from models.calibration import slope
from models.classifiers import CHUNK, Fitted, inverse_deviations

#: Lambda, of the mean squared length of an image's standardised features.
LAMBDAS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
#: Largest slope of the logistic function, and largest log-odds of a training image.
STEEPEST, LARGEST = 100, 30


def fit(features: NDArray[np.float32], groups: NDArray[np.int64], seed: int, known: Mapping[str, Any]) -> Fitted:
    """Fit, with the lambda that is wrong on the fewest images of left-out groups; nothing is drawn."""
    labels = np.where(np.arange(features.shape[1]) % 2 == 1, 1.0, -1.0)
    mean, scale = np.array([row.mean(dtype=np.float64) for row in features]), inverse_deviations(features)
    chunks = [slice(start, start + CHUNK) for start in range(0, len(features), CHUNK)]

    def standardised(chunk: slice) -> NDArray[np.float64]:
        return (features[chunk] - mean[chunk, None]) * scale[chunk, None]

    gram = np.zeros((len(labels), len(labels)))
    for chunk in chunks:
        block = standardised(chunk)
        gram += block.T @ block
    unit = float(np.trace(gram)) / len(gram)
    predictions = {share: left_out(gram, labels, groups.repeat(2), share * unit) for share in LAMBDAS}
    errors = {share: float(np.mean((values >= 0) != (labels > 0))) for share, values in predictions.items()}
    best = min(LAMBDAS, key=lambda share: (errors[share], -share))
    gram[np.diag_indices_from(gram)] += best * unit
    dual = scipy.linalg.solve(gram, labels, assume_a="pos", overwrite_a=True)
    weights = np.concatenate([scale[chunk] * (standardised(chunk) @ dual) for chunk in chunks])
    values = labels - best * unit * dual
    steepest = min(STEEPEST, LARGEST / float(np.abs(values).max()))
    steepness = slope(predictions[best], labels > 0, steepest)
    chosen = {"by": "error on left-out groups", "lambda": best, "error": errors[best]}
    chosen["tried"] = [{"lambda": share, "error": error} for share, error in errors.items()]
    return Fitted({"weights": weights, "offset": np.array(-weights @ mean), "slope": np.array(steepness)}, chosen)


def left_out(
    gram: NDArray[np.float64], labels: NDArray[np.float64], groups: NDArray[np.int64], penalty: float
) -> NDArray[np.float64]:
    """Predict each group by the regression on all others, which has an intercept that is not penalised.

    With C = (K + lambda I)^-1, u = C 1 and P = C - u u' / (1' u) the predictions of a group g that was left out are
    y_g - (P_gg)^-1 (P y)_g: no regression is solved anew. Without the intercept, features that are centred by the mean
    of all images would give a left-out image away where images are few. They stay scaled as they are with all groups.

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
    ones = scipy.linalg.blas.dsymv(1.0, inverse, np.ones(len(labels)), lower=True)
    dual = scipy.linalg.blas.dsymv(1.0, inverse, labels, lower=True) - ones * (ones @ labels) / ones.sum()
    predicted = np.empty(len(labels))
    for members in np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1]):
        below = np.tril(inverse[np.ix_(members, members)])  # of the other half dpotri writes nothing
        block = below + np.tril(below, -1).T - np.outer(ones[members], ones[members]) / ones.sum()
        predicted[members] = labels[members] - np.linalg.solve(block, dual[members])
    return predicted
