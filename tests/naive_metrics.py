"""Metrics of a detector in plain loops over lists, for comparison with `models.metrics.summarise`."""

import math
from itertools import pairwise

from scipy.stats import t


def rates(labels, scores, threshold):
    """False alarms and missed detections, as shares, if scores from the threshold on are called stego."""
    covers = [score for label, score in zip(labels, scores, strict=True) if label == 0]
    stegos = [score for label, score in zip(labels, scores, strict=True) if label == 1]
    false_alarm = sum(score >= threshold for score in covers) / len(covers)
    missed = sum(score < threshold for score in stegos) / len(stegos)
    return false_alarm, missed


def thresholds(scores):
    """One threshold for every way to divide the scores, that of calling nothing stego among them."""
    return [*sorted(set(scores)), math.inf]


def accuracy(labels, scores):
    """Share of images called what they are at threshold 0.5."""
    right = 0
    for label, score in zip(labels, scores, strict=True):
        right += (score >= 0.5) == (label == 1)
    return right / len(labels)


def loss(labels, scores):
    """Mean cross-entropy in nats; a probability counts as at least 1e-7."""
    total = 0.0
    for label, score in zip(labels, scores, strict=True):
        total -= math.log(max(score if label == 1 else 1 - score, 1e-7))
    return total / len(labels)


def jackknife(measure, labels, scores, groups):
    """95 % interval of a measure of labels and scores: without each group in turn, Student's t."""
    if len(set(groups)) == 1:
        return None, None
    alone = []
    for left_out in sorted(set(groups)):
        kept = [row for row, group in enumerate(groups) if group != left_out]
        alone.append(measure([labels[row] for row in kept], [scores[row] for row in kept]))
    count, estimate = len(alone), measure(labels, scores)
    middle = sum(alone) / count
    spread = math.sqrt((count - 1) / count * sum((value - middle) ** 2 for value in alone))
    half = spread * t.ppf(0.975, count - 1)
    if spread == 0 and estimate in (0, 1):
        half = 1 - 0.025 ** (1 / count)
    return max(estimate - half, 0), min(estimate + half, 1)


def curve(labels, scores):
    """Corners of the ROC curve from (0, 0) to (1, 1): false alarms, detections."""
    both = [rates(labels, scores, threshold) for threshold in reversed(thresholds(scores))]
    return [(false_alarm, 1 - missed) for false_alarm, missed in both]


def p_e(labels, scores):
    """Smallest mean of false alarms and missed detections over all thresholds."""
    return min(sum(rates(labels, scores, threshold)) / 2 for threshold in thresholds(scores))


def p_md_5(labels, scores):
    """Missed detections at 5 % false alarms, on the line between the two corners of the ROC curve around them."""
    corners = curve(labels, scores)
    left = max(corner for corner in corners if corner[0] <= 0.05)
    right = min(corner for corner in corners if corner[0] > 0.05)
    share = (0.05 - left[0]) / (right[0] - left[0])
    return 1 - (left[1] + share * (right[1] - left[1]))


def wauc(labels, scores, steps=20_000):
    """Weighted AUC of the ALASKA2 contest: what lies below a detection rate of 0.4 counts twice; a sum of strips."""
    corners = curve(labels, scores)
    total = 0.0
    for (x0, y0), (x1, y1) in pairwise(corners):
        for step in range(steps if x1 > x0 else 0):
            height = y0 + (step + 0.5) / steps * (y1 - y0)
            total += (x1 - x0) / steps * (height + min(height, 0.4))
    return total / 1.4


def auc(labels, scores):
    """Share of (cover, stego) couples in which the stego scores higher; a tie counts half."""
    won = couples = 0
    for label, score in zip(labels, scores, strict=True):
        for other_label, other in zip(labels, scores, strict=True):
            if (label, other_label) == (1, 0):
                couples += 1
                won += 1 if score > other else 0.5 if score == other else 0
    return won / couples
