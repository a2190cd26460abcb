"""Metrics of a detector in plain loops over lists, for comparison with `models.metrics.summarise`."""

import math


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


def wilson(right, images, z=1.959963984540054):
    """95 % interval for a share (Wilson, 1927)."""
    share = right / images
    centre = (share + z**2 / (2 * images)) / (1 + z**2 / images)
    half = z / (1 + z**2 / images) * math.sqrt(share * (1 - share) / images + z**2 / (4 * images**2))
    return centre - half, centre + half


def p_e(labels, scores):
    """Smallest mean of false alarms and missed detections over all thresholds."""
    return min(sum(rates(labels, scores, threshold)) / 2 for threshold in thresholds(scores))


def p_md_5(labels, scores):
    """Fewest missed detections of the thresholds with at most 5 % false alarms."""
    both = [rates(labels, scores, threshold) for threshold in thresholds(scores)]
    return min(missed for false_alarm, missed in both if false_alarm <= 0.05)


def auc(labels, scores):
    """Share of (cover, stego) couples in which the stego scores higher; a tie counts half."""
    won = couples = 0
    for label, score in zip(labels, scores, strict=True):
        for other_label, other in zip(labels, scores, strict=True):
            if (label, other_label) == (1, 0):
                couples += 1
                won += 1 if score > other else 0.5 if score == other else 0
    return won / couples
