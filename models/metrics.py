"""What the scores of a detector come to."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.intervals import MEASURES, replicates
from models.scores import THRESHOLD, Scores
from stegdata.files import atomic_write


def summarise(
    labels: NDArray[np.int64], values: NDArray[np.float64], groups: Sequence[str]
) -> dict[str, int | float | None]:
    """Sum up the scores of a detector.

    Parameters
    ----------
    labels : numpy.ndarray
        int [n], 0 cover, 1 stego; both must occur.
    values : numpy.ndarray
        float [n], probability of stego; from `THRESHOLD` on an image is called stego.
    groups : sequence of str
        [n], photograph or patient of each image.

    Returns
    -------
    dict
        `images`, `groups` (their numbers); `loss`, the mean cross-entropy in nats; `accuracy`, `p_e`, `auc`, `wauc` and
        `p_md_5` as `models.intervals.replicates` measures them, each with the bounds `..._low` and `..._high` of its
        95 % interval over groups, which are None for a single group.

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
    measured = replicates(labels, values, groups, THRESHOLD)
    summary: dict[str, int | float | None] = {
        "images": len(labels),
        "groups": measured.groups,
        "loss": loss(labels, values),
    }
    bounds = (np.clip(bound, 0, 1) for bound in measured.interval())
    for name, value, low, high in zip(MEASURES, measured.all_images, *bounds, strict=True):
        summary |= {name: float(value), f"{name}_low": _known(low), f"{name}_high": _known(high)}
    return summary


def loss(labels: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """Mean cross-entropy of probabilities of stego, in nats; a probability counts as at least 1e-7."""
    return float(-np.log(np.clip(np.where(labels == 1, values, 1 - values), 1e-7, None)).mean())


def _known(bound: float) -> float | None:
    return None if np.isnan(bound) else float(bound)


def describe(scored: Scores) -> dict[str, Any]:
    """Sum up scores: of all images; `by_embedder` and `by_quality`, the same of each where there are several."""
    described: dict[str, Any] = summarise(scored.labels, scored.values, scored.groups)
    columns = {"by_embedder": scored.embedders, "by_quality": list(map(str, scored.qualities.tolist()))}
    for name, column in columns.items():
        values = sorted(set(column))
        if len(values) > 1:
            parts = {value: scored.part(np.array(column) == value) for value in values}
            described[name] = {value: summarise(part.labels, part.values, part.groups) for value, part in parts.items()}
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
    return f"accuracy {metrics['accuracy']:.3f}, P_E {metrics['p_e']:.3f} ({metrics['groups']} groups)"
