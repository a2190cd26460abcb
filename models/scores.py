"""Scores of test images, one a line: what every number about a detector is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.intervals import Replicates, replicates, share
from stegdata import tsv
from stegdata.errors import named

COLUMNS = ("source", "embedder", "quality", "name", "group", "label", "score")
#: Raised when scores of the same detector and images would be written otherwise.
VERSION = 2
#: From this score on an image is called stego: no threshold is fitted to anything.
THRESHOLD = 0.5


class Scores(NamedTuple):
    """What a detector gave to each image, covers and stegos in turn.

    Attributes
    ----------
    sources, embedders, names, groups : sequence of str
        [n], of each image: where its cover is from, what its pair was embedded by, how its cover is called, and which
        photograph or patient it belongs to.
    qualities : numpy.ndarray
        int64 [n], JPEG quality; 0 in the spatial domain, or of a table that is no standard one.
    labels : numpy.ndarray
        int64 [n], 0 cover, 1 stego.
    values : numpy.ndarray
        float64 [n], probability of stego.
    """

    sources: Sequence[str]
    embedders: Sequence[str]
    names: Sequence[str]
    groups: Sequence[str]
    qualities: NDArray[np.int64]
    labels: NDArray[np.int64]
    values: NDArray[np.float64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each image is told rightly at the threshold."""
        return (self.values >= THRESHOLD) == (self.labels == 1)

    def replicates(self) -> Replicates:
        """Measures at the threshold, and again without each group."""
        return replicates(self.labels, self.values, self.groups, THRESHOLD)

    @property
    def images(self) -> list[tuple[str, str, str, int]]:
        """Which images these are: source, embedder, name, label."""
        return list(zip(self.sources, self.embedders, self.names, self.labels.tolist(), strict=True))

    def part(self, chosen: NDArray[np.bool_]) -> "Scores":
        """Some of the images."""
        rows = np.flatnonzero(chosen)
        sources, embedders, names, groups = ([column[row] for row in rows.tolist()] for column in self[:4])
        return Scores(sources, embedders, names, groups, self.qualities[rows], self.labels[rows], self.values[rows])

    def grouped(self, groups: Mapping[tuple[str, str], str]) -> "Scores":
        """Return the scores with the group of each (source, name)."""
        covers = zip(self.sources, self.names, strict=True)
        return self._replace(groups=[groups.get(cover, cover[1]) for cover in covers])


@dataclass(frozen=True)
class OperatingPoint:
    """What a detector did at a threshold on covers and stegos that are known.

    Attributes
    ----------
    threshold : float
        From this score on an image is called stego.
    false_alarm, missed : tuple of float or None
        Share of covers from the threshold on, and of stegos below it, each with the bounds of its 95 % interval over
        photographs; None where they were not measured.
    covers : int
        On how many covers.
    """

    threshold: float
    false_alarm: tuple[float, float, float] | None
    missed: tuple[float, float, float] | None
    covers: int


def operating_point(
    known: Scores | None, threshold: float = THRESHOLD, false_alarms: float | None = None
) -> OperatingPoint | None:
    """Measure error rates on scores; None without scores, or with only one class among them.

    Parameters
    ----------
    known : Scores or None
    threshold : float
        Where images are called stego.
    false_alarms : float, optional
        Instead of a threshold, the share of covers that may be called stego: the lowest threshold that costs no more.
    """
    if known is None:
        return None
    stego = known.labels == 1
    if not stego.any() or stego.all():
        return None
    covers = np.sort(known.values[~stego])
    if false_alarms is not None:
        allowed = int(false_alarms * len(covers))
        highest = covers[-1 - allowed] if allowed < len(covers) else -np.inf  # that no cover called stego may have
        above = np.sort(known.values[known.values > highest])
        threshold = float(above[0]) if len(above) else float(np.nextafter(highest, np.inf))
    called, groups = known.values >= threshold, np.asarray(known.groups)
    false_alarm, missed = share(called[~stego], groups[~stego]), share(~called[stego], groups[stego])
    return OperatingPoint(threshold, false_alarm, missed, len(covers))


def write(path: Path, scores: Scores) -> None:
    """Write one line an image, tab-separated, whole or not at all."""
    numbers = scores.qualities.tolist(), scores.labels.tolist()
    texts = (scores.sources, scores.embedders, numbers[0], scores.names, scores.groups, numbers[1])
    tsv.write(path, COLUMNS, zip(*texts, map(repr, scores.values.tolist()), strict=True))


def read(path: Path) -> Scores:
    """Read what `write` wrote; DataError if it is missing or something else."""
    return named(path, _scores, tsv.read(path, COLUMNS))


def _scores(lines: Sequence[dict[str, str]]) -> Scores:
    qualities, labels = (np.array([int(line[key]) for line in lines], np.int64) for key in ("quality", "label"))
    sources, embedders, names, groups = (
        [line[key] for line in lines] for key in ("source", "embedder", "name", "group")
    )
    values = np.array([float(line["score"]) for line in lines])
    return Scores(sources, embedders, names, groups, qualities, labels, values)
