"""Ensemble of Fisher discriminants, each in a random subspace and of a bootstrap sample of photographs.

J. Kodovsky, J. Fridrich, V. Holub, "Ensemble classifiers for steganalysis of digital media", IEEE TIFS 7(2), 2012,
doi:10.1109/TIFS.2011.2175919. Two things differ. Learners give margins (projection less threshold, over the standard
deviation of the projections) in place of votes, which saturate; so their mean is one linear function of the features.
The size of the subspaces is that with the largest out-of-bag AUC of mean margins on a doubling grid: the error of a few
dozen votes is too coarse to choose by. Whole groups are drawn: the AUC of images of a drawn photograph would be
too large.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.calibration import slope
from models.classifiers import Fitted, inverse_deviations
from models.errors import ModelError

#: Sizes of subspaces to choose from. 3,200 took four times as long as 1,600 and was worse (AUC .671 for .687).
SIZES = (200, 400, 800, 1600)
#: Learners of an ensemble that is tried, and of the one that is kept.
TRIED, KEPT = 51, 101
#: Added to the covariance, of its mean variance: features that depend on one another leave it singular.
RIDGE = 1e-3
#: Largest slope of the logistic function.
STEEPEST = 100


class Ensemble:
    """Learners of one size of subspaces, added up; `values` are of the images that they did not see."""

    def __init__(
        self, features: NDArray[np.float32], scale: NDArray[np.float64], groups: NDArray[np.int64], size: int, seed: int
    ) -> None:
        """Take features [d, 2 n], one over their deviations [d], and the group of each pair [n]."""
        self._features, self._scale, self._groups, self.size = features, scale, groups, size
        self._rng = np.random.default_rng([seed, size])
        self._usable = np.flatnonzero(scale).astype(np.int32)
        self.stego = np.arange(features.shape[1]) % 2 == 1
        self.weights, self.offset, self.learners = np.zeros(len(features)), 0.0, 0
        self.margins, self.judges = np.zeros(len(self.stego)), np.zeros(len(self.stego))

    def grow(self, learners: int) -> "Ensemble":
        """Add learners until there are so many."""
        number = int(self._groups.max()) + 1
        while self.learners < learners:
            subspace = np.sort(self._rng.choice(self._usable, self.size, replace=False))
            drawn = np.bincount(self._rng.integers(0, number, number), minlength=number)[self._groups].repeat(2)
            values = self._features[subspace].astype(np.float64) * self._scale[subspace, None]
            weights = discriminant(values, drawn, self.stego)
            projections = weights @ values
            deviation = float(projections.std()) or 1.0
            threshold = threshold_of(projections, drawn, self.stego)
            self.weights[subspace] += weights * self._scale[subspace] / deviation
            self.offset -= threshold / deviation
            out_of_bag = drawn == 0
            self.margins += out_of_bag * (projections - threshold) / deviation
            self.judges += out_of_bag
            self.learners += 1
        return self

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Whether an image was out of the bag of some learner."""
        return self.judges > 0

    @property
    def values(self) -> NDArray[np.float64]:
        """Mean out-of-bag margins of the images that were judged."""
        return self.margins[self.judged] / self.judges[self.judged]

    @property
    def auc(self) -> float:
        """Out-of-bag AUC; 0.5 until images were out of the bag."""
        return float(roc_auc_score(self.stego[self.judged], self.values)) if self.judged.any() else 0.5


def fit(features: NDArray[np.float32], groups: NDArray[np.int64], seed: int, known: Mapping[str, Any]) -> Fitted:
    """Fit, with the size of subspaces that has the largest out-of-bag AUC, or the one that is known."""
    scale = inverse_deviations(features)
    largest = int(np.count_nonzero(scale))
    sizes = sorted({min(size, largest) for size in ([known["subspace"]] if "subspace" in known else SIZES)})
    tried = [Ensemble(features, scale, groups, size, seed).grow(TRIED) for size in sizes]
    best = max(tried, key=lambda ensemble: (ensemble.auc, -ensemble.size))
    chosen = {
        "by": "out-of-bag AUC",
        "subspace": best.size,
        "tried": [{"subspace": ensemble.size, "auc": ensemble.auc} for ensemble in tried],
    }
    best.grow(KEPT)
    if not best.judged.any():
        raise ModelError(
            f"classifier fld: expected images out of the bag, got none in {groups.max() + 1} groups: add images"
        )
    stego = best.stego[best.judged]
    error = float(np.mean((best.values >= 0) != stego))
    chosen |= {"learners": KEPT, "auc": best.auc, "error": error}
    arrays = {"weights": best.weights / KEPT, "offset": np.array(best.offset / KEPT)}
    return Fitted(arrays | {"slope": np.array(slope(best.values, stego, STEEPEST))}, chosen)


def discriminant(
    values: NDArray[np.float64], drawn: NDArray[np.int64], stego: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Fisher's discriminant, float64 [m], of images [m, 2 n] that count as often as they were drawn."""
    bag = np.flatnonzero(drawn)
    values, counts, stego = values[:, bag], drawn[bag].astype(np.float64), stego[bag]
    means = [values @ (counts * members) / (counts * members).sum() for members in (~stego, stego)]
    values = (values - np.where(stego, means[1][:, None], means[0][:, None])) * np.sqrt(counts / counts.sum())
    covariance = scipy.linalg.blas.dsyrk(1.0, values.T, trans=1, lower=1)
    covariance[np.diag_indices_from(covariance)] += RIDGE * np.trace(covariance) / len(covariance)
    return scipy.linalg.solve(covariance, means[1] - means[0], lower=True, assume_a="pos", overwrite_a=True)


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
