"""Classifiers of features, fitted on the train split, with all choices made out of bag or on left-out groups.

Importing the package loads neither SciPy nor scikit-learn: Snakemake reads `CLASSIFIERS` while it plans.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.calibration import probabilities
from models.errors import ModelError

__all__ = ["CLASSIFIERS", "IN_MEMORY", "Fitted", "fit", "scores"]

#: Bytes of features that are held in memory; more are read from a file, feature by feature.
IN_MEMORY = 4_000_000_000
#: Features that are read at a time.
CHUNK = 1024
#: Raised when a fit on the same features would be another.
VERSION = 2
#: name -> description, for people.
CLASSIFIERS: Mapping[str, str] = MappingProxyType(
    {
        "fld": "ensemble of Fisher discriminants in random subspaces (Kodovsky, Fridrich, Holub, IEEE TIFS 7(2), 2012)",
        "ridge": "ridge regression in the dual",
        "lda": "linear discriminant with the covariance shrunk by Ledoit and Wolf's rule",
    }
)


class Fitted(NamedTuple):
    """A fitted classifier: arrays that `scores` reads, and what was chosen, how and from what, for `model.json`."""

    arrays: Mapping[str, NDArray[Any]]
    chosen: Mapping[str, Any]


def fit(
    name: str,
    features: NDArray[np.float32],
    groups: Sequence[str],
    seed: int,
    known: Mapping[str, Any] = MappingProxyType({}),
) -> Fitted:
    """Fit a classifier that separates stegos from covers.

    Parameters
    ----------
    name : str
        A key of `CLASSIFIERS`.
    features : numpy.ndarray
        float32 [d, 2 n], a column an image: cover and stego of each pair in turn.
    groups : sequence of str
        [n], of each pair: images of one photograph or patient are drawn, and left out, together.
    seed : int
        Of all random draws.
    known : mapping, optional
        What an earlier fit chose: its size of subspaces is taken, not searched for.

    Raises
    ------
    ModelError
        Unknown name; features that are not finite, or too few groups.
    """
    module = _module(name)
    if features.ndim != 2 or features.shape[1] != 2 * len(groups) or len(set(groups)) < 2:
        raise ModelError(
            f"classifier {name}: expected features of cover and stego of each pair, of two groups or more, got "
            f"{list(features.shape)} of {len(groups)} pairs in {len(set(groups))} groups: add images"
        )
    if not all(np.isfinite(row).all() for row in features):
        raise ModelError(f"classifier {name}: expected finite features, got others: delete them and run again")
    _, numbers = np.unique(np.asarray(groups), return_inverse=True)
    with _one_thread():
        return module.fit(features, numbers, seed, known)


def scores(arrays: Mapping[str, NDArray[Any]], features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Score images by a fitted classifier: `weights` [d] and `offset`, of which `slope` makes log-odds.

    Parameters
    ----------
    arrays : mapping
        Of `Fitted`.
    features : numpy.ndarray
        float32 [d, n].

    Returns
    -------
    numpy.ndarray
        float64 [n] in (0, 1), probability of stego; from 0.5 on an image is called stego.
    """
    values = np.full(features.shape[1], float(arrays["offset"]))
    with _one_thread():
        for start in range(0, len(features), CHUNK):
            values += arrays["weights"][start : start + CHUNK] @ features[start : start + CHUNK].astype(np.float64)
    return probabilities(float(arrays["slope"]) * values)


def inverse_deviations(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """One over the standard deviation of each feature; 0 where it never varies."""
    deviations = np.array([row.std(dtype=np.float64) for row in features])
    return np.divide(1, deviations, out=np.zeros_like(deviations), where=deviations > 0)


def _module(name: str) -> ModuleType:
    if name not in CLASSIFIERS:
        raise ModelError(f"classifier: expected one of {', '.join(CLASSIFIERS)}, got {name!r}")
    from models.classifiers import fld, lda, ridge

    return {"fld": fld, "lda": lda, "ridge": ridge}[name]


def _one_thread() -> AbstractContextManager[object]:
    """Sums of matrices do not depend on the number of cores where one thread makes them."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)
