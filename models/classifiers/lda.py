"""Linear discriminant on standardised features, for a few hundred of them; nothing to choose."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler

from models.calibration import slope
from models.classifiers import Fitted

#: Folds of groups by which scores are calibrated, and largest slope.
FOLDS, STEEPEST = 10, 10


def fit(features: NDArray[np.float32], groups: NDArray[np.int64], seed: int, known: Mapping[str, Any]) -> Fitted:
    """Fit; the covariance is shrunk by Ledoit and Wolf's rule, and nothing is drawn.

    The slope of the logistic function is fitted to scores of groups that were left out, in folds.
    """
    images = features.T.astype(np.float64)
    stego, folds = np.arange(len(images)) % 2 == 1, groups.repeat(2) % FOLDS
    left_out = np.empty(len(images))
    for fold in np.unique(folds):
        members = folds == fold
        weights, offset = _solved(images[~members], stego[~members])
        left_out[members] = images[members] @ weights + offset
    weights, offset = _solved(images, stego)
    arrays = {"weights": weights, "offset": np.array(offset), "slope": np.array(slope(left_out, stego, STEEPEST))}
    return Fitted(arrays, {"by": "Ledoit and Wolf's rule"})


def _solved(images: NDArray[np.float64], stego: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Weights [d] and offset of the discriminant of images [n, d]."""
    scaler = StandardScaler()
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(scaler.fit_transform(images), stego)
    weights = lda.coef_[0] / scaler.scale_
    return weights, float(lda.intercept_[0] - weights @ scaler.mean_)
