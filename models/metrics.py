"""What the scores of a detector come to."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score, roc_curve

from models.errors import ModelError
from models.scores import THRESHOLD, Scores
from stegdata.files import atomic_write

#: False-alarm rate at which missed detections are reported.
FALSE_ALARM = 0.05


def summarise(labels: NDArray[np.int64], values: NDArray[np.float64], *, covers: int | None = None) -> dict[str, Any]:
    """Sum up the scores of a detector.

    Parameters
    ----------
    labels : numpy.ndarray
        int [n], 0 cover, 1 stego; both must occur.
    values : numpy.ndarray
        float [n], probability of stego; from `THRESHOLD` on an image is called stego.
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
    if not np.isfinite(values).all() or len(np.unique(labels)) != 2:
        raise ModelError(
            f"scores: expected finite scores of covers and stegos, got {np.isfinite(values).sum()} finite of "
            f"{len(values)} and classes {np.unique(labels).tolist()}"
        )
    right = int(((values >= THRESHOLD) == (labels == 1)).sum())
    independent = len(labels) if covers is None else min(2 * covers, len(labels))
    interval = wilson(right / len(labels), independent)
    false_alarm, detection, _ = roc_curve(labels, values, drop_intermediate=False)
    return {
        "images": len(labels),
        "independent": independent,
        "accuracy": right / len(labels),
        "loss": float(-np.log(np.clip(np.where(labels == 1, values, 1 - values), 1e-7, None)).mean()),
        "accuracy_low": interval[0],
        "accuracy_high": interval[1],
        "p_e": float(np.min(false_alarm + 1 - detection) / 2),
        "auc": float(roc_auc_score(labels, values)),
        "p_md_5": float(1 - detection[false_alarm <= FALSE_ALARM].max()),
    }


def wilson(share: float, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of so many trials."""
    interval = binomtest(round(share * trials), trials).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def describe(scored: Scores) -> dict[str, Any]:
    """Sum up scores: of all images; `by_embedder` and `by_quality`, the same of each where there are several."""

    def part(images: Scores) -> dict[str, Any]:
        covers = len(set(zip(images.sources, images.names, strict=True)))
        return summarise(images.labels, images.values, covers=covers)

    described = part(scored)
    kinds = {"by_embedder": scored.embedders, "by_quality": list(map(str, scored.qualities.tolist()))}
    for name, column in kinds.items():
        values = sorted(set(column))
        if len(values) > 1:
            described[name] = {value: part(scored.part(np.array(column) == value)) for value in values}
    return described


def beside(scores_path: Path) -> Path:
    """Path of the metrics of a file of scores: metrics.json of scores.tsv, val-metrics.json of val-scores.tsv."""
    path = Path(scores_path)
    return path.with_name(path.name.replace("scores.tsv", "metrics.json"))


def write(path: Path, metrics: Mapping[str, object]) -> None:
    """Write metrics as JSON, whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(metrics, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def in_words(metrics: Mapping[str, float]) -> str:
    """One line for the log."""
    return f"accuracy {metrics['accuracy']:.3f} ({metrics['accuracy_low']:.3f} to {metrics['accuracy_high']:.3f})"
