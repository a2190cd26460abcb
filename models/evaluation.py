"""Score the test split once, in inference mode, and sum the scores up."""

import csv
import json
from collections.abc import Mapping, Sequence
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
SCORE_COLUMNS = ("source", "embedder", "quality", "name", "label", "score")


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


def evaluate(folder: Path, recipe: Recipe, *, test_shards: Sequence[Path], scores_path: Path) -> dict[str, object]:
    """Score every image of the test shards in inference mode, write the scores, and sum them up.

    Parameters
    ----------
    folder : Path
        A finished training, from `models.training.train`.
    recipe : Recipe
        As trained: size of batches, and of the crop, of which the centre is scored.
    test_shards : sequence of Path
        Shards of the test split.
    scores_path : Path
        Gets source, embedder, JPEG quality, cover name, label, score of every image, tab-separated.

    Returns
    -------
    dict
        `summarise` of all; `by_embedder` and `by_quality`, the same of each where there are several; image `size` in
        pixels and `resize`.
    """
    from models import weights
    from models.inference import Inference
    from models.pairs import Pairs, in_order
    from models.pipeline import batches

    pairs = Pairs(test_shards, crop=recipe.crop)
    data = batches(pairs, in_order(len(pairs)), recipe.batch_images)
    scores = Inference(weights.load(folder, pairs.size)).stego_probabilities(data)
    write_scores(scores_path, pairs.origins, pairs.qualities, pairs.names, scores)
    return describe(pairs.origins, pairs.qualities, pairs.names, scores) | {"size": pairs.size, "resize": pairs.resize}


def write_scores(
    path: Path,
    origins: Sequence[tuple[str, str]],
    qualities: Sequence[int],
    names: Sequence[str],
    scores: NDArray[np.float64],
) -> None:
    """Write one line an image, cover and stego of a pair in turn; the first three sequences go by pair."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(SCORE_COLUMNS)
        for number, score in enumerate(scores.tolist()):
            pair = number // 2
            table.writerow([*origins[pair], qualities[pair], names[pair], number % 2, repr(score)])


def describe(
    origins: Sequence[tuple[str, str]], qualities: Sequence[int], names: Sequence[str], scores: NDArray[np.float64]
) -> dict[str, object]:
    """Sum up the scores of cover and stego in turn: of all pairs, by embedder, by JPEG quality."""

    def part(rows: NDArray[np.int64]) -> dict[str, float]:
        covers = len({(origins[row][0], names[row]) for row in rows})
        images = np.stack([2 * rows, 2 * rows + 1], axis=1).reshape(-1)
        return summarise(images % 2, scores[images], covers=covers)

    described: dict[str, object] = part(np.arange(len(names)))
    kinds = {"by_embedder": [embedder for _, embedder in origins], "by_quality": [str(q) for q in qualities]}
    for name, column in kinds.items():
        values = sorted(set(column))
        if len(values) > 1:
            described[name] = {value: part(np.flatnonzero(np.array(column) == value)) for value in values}
    return described


def write_metrics(path: Path, metrics: Mapping[str, object]) -> None:
    """Write metrics as JSON, whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(metrics, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def in_words(metrics: Mapping[str, float]) -> str:
    """One line for the log."""
    return f"accuracy {metrics['accuracy']:.3f} ({metrics['accuracy_low']:.3f} to {metrics['accuracy_high']:.3f})"
