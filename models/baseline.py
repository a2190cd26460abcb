"""SPAM features and a linear discriminant on the splits that the networks have: a baseline that they must beat."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from models import metrics
from models.dataset import Pairs, in_order
from models.features import FEATURES, extract

#: Images of a split that features are taken of at a time.
CHUNK = 256


def measure(
    *, train_shards: Sequence[Path], val_shards: Sequence[Path], test_shards: Sequence[Path], scores_path: Path
) -> dict[str, object]:
    """Fit on the train split, score the test split once.

    The discriminant's covariance is shrunk by Ledoit and Wolf's rule, so there is nothing to choose on validation.

    Returns
    -------
    dict
        As `models.detector.evaluate`, with `train_accuracy` and `val_accuracy`; `best_epoch` is 0.
    """
    train, val, test = (Pairs(paths) for paths in (train_shards, val_shards, test_shards))
    detector = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"))
    train_features = _features(train, "train")
    detector.fit(train_features, _labels(train))
    scores = detector.predict_proba(_features(test, "test"))[:, 1]
    return metrics.record(test, scores, scores_path) | {
        "best_epoch": 0,
        "train_accuracy": float(detector.score(train_features, _labels(train))),
        "val_accuracy": float(detector.score(_features(val, "val"), _labels(val))),
    }


def _labels(pairs: Pairs) -> NDArray[np.int64]:
    return np.tile([0, 1], len(pairs))


def _features(pairs: Pairs, split: str) -> NDArray[np.float32]:
    rows = in_order(len(pairs))
    found = np.empty((len(rows), FEATURES["spam"].dimension), np.float32)
    with tqdm(total=len(rows), desc=f"SPAM {split}", unit="image", mininterval=1) as bar:
        for start in range(0, len(rows), CHUNK):
            images = pairs.gather(rows[start : start + CHUNK])[..., 0]
            found[start : start + len(images)] = [extract("spam", image) for image in images]
            bar.update(len(images))
    return found
