"""95 % intervals over test photographs: the delete-one-group jackknife with Student's t, for every measure alike.

B. Efron, C. Stein, "The jackknife estimate of variance", Annals of Statistics 9(3), 1981, doi:10.1214/aos/1176345462.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: False-alarm rate at which missed detections are reported.
FALSE_ALARM = 0.05
#: Below this detection rate the area under the ROC curve counts twice in the weighted AUC of the ALASKA2 contest.
LOW_DETECTION = 0.4
#: What `replicates` measures, in the order of its columns.
MEASURES = ("accuracy", "p_e", "auc", "wauc", "p_md_5")
#: More groups than this are left out in blocks.
BLOCKS = 200
#: Weights that are held at a time.
CHUNK = 2_000_000


@dataclass(frozen=True)
class Replicates:
    """Measures of all images, and again without each group of images.

    Attributes
    ----------
    all_images : numpy.ndarray
        float64 [5], in the order of `MEASURES`.
    left_out : numpy.ndarray
        float64 [blocks, 5]: without one group, or one block of groups.
    groups : int
        Number of groups (photographs, patients).
    """

    all_images: NDArray[np.float64]
    left_out: NDArray[np.float64]
    groups: int

    def __sub__(self, other: "Replicates") -> "Replicates":
        """Differences of the measures of two detectors on the same images."""
        return Replicates(self.all_images - other.all_images, self.left_out - other.left_out, self.groups)

    def interval(self, *, of_shares: bool = True) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the bounds of the 95 % interval of each measure, float64 [5] each; NaN for a single group.

        A share (no difference) of 0 or 1 that is the same without any group gets the exact bound of that many groups:
        1 - 0.025 ** (1 / groups).
        """
        half = _half_width(self.all_images, self.left_out, self.groups, exact=of_shares)
        return self.all_images - half, self.all_images + half


def _half_width(
    values: NDArray[np.float64], left_out: NDArray[np.float64], groups: int, *, exact: bool = True
) -> NDArray[np.float64]:
    """Half the 95 % interval of values [m], from those without each block of groups [blocks, m]."""
    blocks = len(left_out)
    if blocks < 2:
        return np.full(len(values), np.nan)
    from scipy.special import stdtrit  # not loaded while Snakemake plans

    spread = np.sqrt((blocks - 1) / blocks * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    certain = exact & np.isin(values, (0, 1)) & (spread == 0)
    return np.where(certain, 1 - 0.025 ** (1 / groups), stdtrit(blocks - 1, 0.975) * spread)


def share(chosen: NDArray[np.bool_], groups: Sequence[str]) -> tuple[float, float, float]:
    """Share of images that are chosen, bool [n], with the bounds of its 95 % interval over their groups [n].

    Examples
    --------
    >>> import numpy as np
    >>> share(np.array([True, True, False]), ["a", "a", "b"])[0]
    0.6666666666666666
    """
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    count, block = int(group.max()) + 1, group % BLOCKS
    sums, sizes = np.bincount(block, chosen), np.bincount(block)
    value = float(np.mean(chosen))
    left_out = (sums.sum() - sums) / np.maximum(sizes.sum() - sizes, 1)
    half = float(_half_width(np.array([value]), left_out[:, None], count)[0])
    low, high = np.clip([value - half, value + half], 0, 1)
    return value, float(low), float(high)


def mean(replicates: Sequence[Replicates]) -> Replicates:
    """Average the measures of several detectors (seeds) on the same images."""
    first = replicates[0]
    return Replicates(
        np.mean([each.all_images for each in replicates], axis=0),
        np.mean([each.left_out for each in replicates], axis=0),
        first.groups,
    )


def measures(labels: NDArray[np.int64], values: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    """Measure a detector on all images, without intervals: float64 [5], as `replicates`."""
    return next(_measured(labels == 1, values, np.ones((1, len(labels))), threshold))[0]


def replicates(
    labels: NDArray[np.int64], values: NDArray[np.float64], groups: Sequence[str], threshold: float
) -> Replicates:
    """Measure a detector on all images, and without each group of them.

    Parameters
    ----------
    labels : numpy.ndarray
        int64 [n], 0 cover, 1 stego.
    values : numpy.ndarray
        float64 [n], scores; from `threshold` on an image is called stego.
    groups : sequence of str
        [n], photograph or patient of each image.

    Returns
    -------
    Replicates
        Accuracy at the threshold; P_E, the smallest mean of false alarms and missed detections over all thresholds;
        AUC; the weighted AUC of the ALASKA2 contest; missed detections at 5 % false alarms, between two thresholds by
        linear interpolation.
    """
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    count = int(group.max()) + 1
    block = group % BLOCKS
    weights = np.vstack([np.ones(len(group)), *(block != left_out for left_out in range(min(count, BLOCKS)))])
    if count == 1:
        weights = weights[:1]
    measured = np.concatenate(list(_measured(labels == 1, values, weights, threshold)))
    return Replicates(measured[0], measured[1:], count)


def _measured(
    stego: NDArray[np.bool_], values: NDArray[np.float64], weights: NDArray[np.float64], threshold: float
) -> Iterator[NDArray[np.float64]]:
    """Measures of images that count with weights [m, n], chunk by chunk: float64 [rows, 5]."""
    order = np.argsort(-values, kind="stable")
    corner = np.flatnonzero(np.append(np.diff(values[order]) != 0, True))
    right = (values >= threshold) == stego
    rows = max(1, CHUNK // len(values))
    for start in range(0, len(weights), rows):
        part = weights[start : start + rows]
        counts = [np.cumsum(part[:, order] * members[order], axis=1)[:, corner] for members in (~stego, stego)]
        with np.errstate(invalid="ignore"):  # NaN where covers or stegos are of one group alone
            alarms, detections = (np.pad(count / count[:, -1:], ((0, 0), (1, 0))) for count in counts)
        areas = [_area(alarms, np.minimum(detections, most), detections, most) for most in (1.0, LOW_DETECTION)]
        yield np.column_stack(
            [
                part @ right / part.sum(axis=1),
                ((alarms + 1 - detections) / 2).min(axis=1),
                areas[0],
                (areas[0] + areas[1]) / (1 + LOW_DETECTION),
                1
                - np.array([np.interp(FALSE_ALARM, *curve) for curve in zip(alarms, detections, strict=True)])
                + 0 * areas[0],  # NaN where those are
            ]
        )


def _area(
    alarms: NDArray[np.float64], bounded: NDArray[np.float64], detections: NDArray[np.float64], most: float
) -> NDArray[np.float64]:
    """Area under ROC curves [m, k] cut off at a detection rate; the segment that crosses it is cut where it does."""
    steps = np.diff(alarms, axis=1)
    area = (steps * (bounded[:, 1:] + bounded[:, :-1]) / 2).sum(axis=1)
    low, high = detections[:, :-1], detections[:, 1:]
    crossing = (low < most) & (high > most)
    # above the chord from (alarm, low) to (next alarm, most) lies the triangle that is cut off too much
    rise = np.where(crossing, high - low, 1)
    beyond = np.where(crossing, (high - most) / rise, 0)
    return area + (steps * beyond * (most - low) / 2).sum(axis=1)
