"""What a detector does on the user's own images: covers that are known to be clean, and images embedded once more."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import embedders
from models import ModelError, metrics
from models.detector import Detector
from models.scores import Scores
from stegdata import DataError
from stegdata.embedding import seed_of
from stegdata.names import StegoSet
from workflow.command import pictures
from workflow.command.inputs import Input, naming
from workflow.command.pictures import Picture

#: Windows that are scored at a time.
BATCH = 32
#: Pools that are drawn to measure false alarms.
POOLS = 10_000


def trained_on(test_scores: Path | None, folder: Path) -> StegoSet:
    """Return the stego set of a detector; DataError where its folder does not tell it, or nothing can be embedded."""
    if test_scores is None:
        raise DataError(
            f"{folder}: expected scores.tsv below on/<source>/<stego set>/, which name embedder and payload, found none"
        )
    stego_set = StegoSet.of_path(test_scores)
    unknown = [name for name in stego_set.embedders if name not in embedders.EMBEDDERS]
    if stego_set.payload is None or unknown:
        reason = f"{unknown[0]}, an embedder of your own" if unknown else "precomputed stegos"
        raise DataError(f"{folder}: expected a detector of an embedder that can be run here, got one of {reason}")
    return stego_set


def score(detector: Detector, picture: Picture) -> NDArray[np.float64]:
    """Score each window of a picture, whose planes are of the detector's domain."""
    corners = [picture.corners[start : start + BATCH] for start in range(0, len(picture.corners), BATCH)]
    return np.concatenate([detector.scores([picture.window(corner) for corner in batch]) for batch in corners])


def embedded_again(
    image: Input, detector: Detector, stego_set: StegoSet, number: int = 0
) -> Iterator[tuple[Picture, Picture]]:
    """Yield each picture of a file and its stego by the embedder and payload of the detector, as the detector reads it.

    Of combined embedders image `number` n gets the one after that of image n - 1.

    Raises
    ------
    DataError
        A file that cannot be read; of an embedder of JPEGs, another format.
    ModelError
        A picture that the embedder refuses.
    """
    domain, payload = stego_set.domain, stego_set.payload or 0.0

    def as_read(picture: Picture, planes: tuple[NDArray[Any], ...]) -> Picture:
        return replace(picture, planes=planes if detector.domain is domain else (domain.pixels(*planes),))

    for picture in pictures.read(image, detector.size, domain):
        name = stego_set.embedders[number % len(stego_set.embedders)]
        seed = seed_of(name, payload, 0, "known", picture.name)
        try:
            stego = embedders.embed(name, *picture.planes, payload=payload, seed=seed).stego
        except ValueError as error:
            raise ModelError(f"{image.path}: {error}") from error
        yield as_read(picture, picture.planes), as_read(picture, (stego, *picture.planes[1:]))


def scores(detector: Detector, stego_set: StegoSet, images: Iterable[Input]) -> tuple[Scores, list[str]]:
    """Score known covers and their stegos; frames of one file are one group. Returns also why images were passed over.

    Raises
    ------
    DataError
        Not one image that can be scored.
    """
    names: list[str] = []
    groups: list[str] = []
    values: list[float] = []
    problems = []
    for number, image in enumerate(images):
        try:
            for cover, stego in embedded_again(image, detector, stego_set, number):
                values += [float(score(detector, picture).mean()) for picture in (cover, stego)]
                names += [cover.name] * 2
                groups += [image.name] * 2
        except (DataError, ModelError) as error:
            problems.append(naming(image, error))
    if not values:
        raise DataError(f"--known-covers: expected covers that can be scored, got none: {problems[0]}")
    nothing = np.zeros(len(values), np.int64)
    known = Scores(
        ["known"] * len(values),
        [stego_set.embedder] * len(values),
        names,
        groups,
        nothing,
        np.tile([0, 1], len(values) // 2),
        np.array(values),
    )
    return known, problems


class Again:
    """Images that are embedded once more: what share of them a detector then calls."""

    def __init__(self, detector: Detector, stego_set: StegoSet) -> None:
        """Take a detector and the stego set whose embedder and payload it knows."""
        self._detector, self._stego_set = detector, stego_set
        self._scores: list[float] = []
        self._refused = 0

    def look(self, image: Input) -> None:
        """Embed once more in the pictures of a file, and score them; one that the embedder refuses is counted."""
        number = len(self._scores) + self._refused
        try:
            for _, stego in embedded_again(image, self._detector, self._stego_set, number):
                self._scores.append(float(score(self._detector, stego).mean()))
        except (DataError, ModelError):
            self._refused += 1

    def in_words(self, threshold: float) -> str:
        """Say what share is called from a threshold on."""
        if not self._scores:
            return f"self-check: expected images that {self._stego_set.name} can be embedded in, got none"
        refused = f", {self._refused} more could not be" if self._refused else ""
        return (
            f"self-check: of {len(self._scores)} images, embedded once more ({self._stego_set.name}){refused}, "
            f"{100 * np.mean(np.array(self._scores) >= threshold):.1f} % are called from {threshold:g} on: at most "
            "such a share of stegos can be found among images like these; less, if there are stegos among them"
        )


def pool_alarms(reference: Sequence[float] | NDArray[np.float64], mean: float, size: int) -> float:
    """Share of pools of so many reference covers, drawn at random, whose mean log-odds are no smaller than `mean`.

    Parameters
    ----------
    reference : array-like
        Scores of covers, probabilities of stego.
    mean : float
        Mean log-odds of the images of a pool.
    size : int
        Number of its images.
    """
    drawn = np.random.default_rng(0).choice(log_odds(np.asarray(reference)), (POOLS, size))
    return float((drawn.mean(axis=1) >= mean).mean())


def log_odds(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds of probabilities; of those that round to 0 or 1 the largest that are no infinity."""
    bounded = np.clip(values, np.finfo(float).tiny, 1 - np.finfo(float).epsneg)
    return np.log(bounded) - np.log1p(-bounded)


def in_words(known_scores: Scores, stego_set: StegoSet) -> str:
    """Say what was measured on known covers."""
    measured = metrics.summarise(known_scores.labels, known_scores.values, known_scores.groups)
    auc, low, high = (measured[f"auc{bound}"] for bound in ("", "_low", "_high"))
    interval = "" if low is None else f" ({low:.3f} to {high:.3f})"
    return (
        f"the rates below were measured on {len(known_scores.labels) // 2} covers that you know, of "
        f"{measured['groups']} files, embedded here ({stego_set.name}): AUC {auc:.3f}{interval}"
    )


def rate_in_words(rate: tuple[float, float, float]) -> str:
    """Per cent with the 95 % interval, where there is one."""
    value, low, high = (100 * number for number in rate)
    return f"{value:.1f} %" + ("" if np.isnan(low) else f" ({low:.1f} to {high:.1f})")
