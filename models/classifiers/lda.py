"""Linear discriminant on standardised features, for a few hundred of them; nothing to choose."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler

from models.classifiers import Fitted


def fit(features: NDArray[np.float32], groups: NDArray[np.int64], seed: int, known: Mapping[str, Any]) -> Fitted:
    """Fit; the covariance is shrunk by Ledoit and Wolf's rule, and nothing is drawn."""
    scaler = StandardScaler()
    images = scaler.fit_transform(features.T.astype(np.float64))
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(images, np.arange(len(images)) % 2)
    weights = lda.coef_[0] / scaler.scale_
    offset = lda.intercept_[0] - weights @ scaler.mean_
    return Fitted(
        {"weights": weights, "offset": np.array(offset), "slope": np.array(1.0)}, {"by": "Ledoit and Wolf's rule"}
    )
