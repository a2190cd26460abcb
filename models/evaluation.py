"""Score the test split once, in inference mode, and sum the scores up."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score, roc_curve

from models.errors import ModelError
from models.recipe import Recipe
from stegdata.files import atomic_write

#: False-alarm rate at which missed detections are reported.
FALSE_ALARM = 0.05


def summarise(labels: NDArray[np.int64], scores: NDArray[np.float64], *, covers: int | None = None) -> dict[str, float]:
    """Sum up the scores of a detector.

    Parameters
    ----------
    labels : numpy.ndarray
        int [n], 0 cover, 1 stego; both must occur.
    scores : numpy.ndarray
        float [n], probability of stego; from 0.5 on an image is called stego.
    covers : int, optional
        Different covers among them; of a cover that is scored with several stegos, the interval counts one of each.

    Returns
    -------
    dict
        images; `independent`, how many of them the interval counts; `loss`, the mean cross-entropy in nats; accuracy
        with `accuracy_low` and `accuracy_high`, the Wilson 95 % interval; `p_e`, the smallest mean of false alarms and
        missed detections over all thresholds; `auc`; `p_md_5`, missed detections at the largest threshold-given
        false-alarm rate up to 5 %.

    Raises
    ------
    ModelError
        If a score is not finite, or only one class is there.
    """
    if not np.isfinite(scores).all() or len(np.unique(labels)) != 2:
        raise ModelError(
            f"scores: expected finite scores of covers and stegos, got {np.isfinite(scores).sum()} finite of "
            f"{len(scores)} and classes {np.unique(labels).tolist()}"
        )
    right = int(((scores >= 0.5) == (labels == 1)).sum())
    independent = len(labels) if covers is None else min(2 * covers, len(labels))
    interval = wilson(right / len(labels), independent)
    false_alarm, detection, _ = roc_curve(labels, scores, drop_intermediate=False)
    return {
        "images": len(labels),
        "independent": independent,
        "accuracy": right / len(labels),
        "loss": float(-np.log(np.clip(np.where(labels == 1, scores, 1 - scores), 1e-7, None)).mean()),
        "accuracy_low": interval[0],
        "accuracy_high": interval[1],
        "p_e": float(np.min(false_alarm + 1 - detection) / 2),
        "auc": float(roc_auc_score(labels, scores)),
        "p_md_5": float(1 - detection[false_alarm <= FALSE_ALARM].max()),
    }


def wilson(share: float, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of so many trials."""
    interval = binomtest(round(share * trials), trials).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def evaluate(
    network: str, head: str, recipe: Recipe, *, weights_path: Path, test_shards: Sequence[Path], scores_path: Path
) -> dict[str, float]:
    """Score every image of the test shards, write the scores, return `summarise` of them and the image size.

    Parameters
    ----------
    network, head, recipe
        As trained.
    weights_path : Path
        From `models.training.train`.
    test_shards : sequence of Path
        Shards of the test split.
    scores_path : Path
        Gets source, embedder, cover name, label, score of every image, tab-separated.
    """
    from models import training
    from models.pipeline import Pairs, batches, in_order

    pairs = Pairs(test_shards)
    model = training.build(network, head, recipe, pairs.size)
    model.load_weights(weights_path)
    data = batches(pairs, in_order(len(pairs)), recipe.batch_images)
    scores = np.concatenate([model.predict_on_batch(images)[:, 1] for images, _ in data]).astype(np.float64)
    labels = np.tile([0, 1], len(pairs))
    with atomic_write(scores_path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(["source", "embedder", "name", "label", "score"])
        for number, (label, score) in enumerate(zip(labels, scores.tolist(), strict=True)):
            table.writerow([*pairs.origins[number // 2], pairs.names[number // 2], label, repr(score)])
    covers = len({(source, name) for (source, _), name in zip(pairs.origins, pairs.names, strict=True)})
    return summarise(labels, scores, covers=covers) | {"size": pairs.size, "resize": pairs.resize}
