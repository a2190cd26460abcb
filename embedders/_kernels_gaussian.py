"""Compiled loops that turn Fisher information into change probabilities.

A kernel gets checked arrays only, and calls kernels of this file only: see `embedders/_kernels_wavelet.py`.
"""

import math

import numpy as np

from embedders.kernel import kernel


@kernel()
def interpolated_entropy(log_fisher, log_lam, knots, first, step):
    """Sum of the ternary entropies (nats) at one lambda, and its slope in ln lambda, from a table.

    Parameters
    ----------
    log_fisher : float64 [n]
    log_lam : float
    knots : float64 [m, 2]
        Entropy of one element and its slope at ln(lambda I) = first + k step, for cubic Hermite interpolation.
    first, step : float

    Returns
    -------
    entropy, slope : float
    """
    last = knots.shape[0] - 1
    entropy, slope = 0.0, 0.0
    for n in range(log_fisher.size):
        place = (log_fisher[n] + log_lam - first) / step
        if place >= last:
            continue
        place = max(place, 0.0)
        k = int(place)
        s = place - k
        rise = knots[k + 1, 0] - knots[k, 0]
        start, end = knots[k, 1] * step - rise, knots[k + 1, 1] * step - rise
        bend = s * (1.0 - s)
        entropy += knots[k, 0] + s * rise + bend * ((1.0 - s) * start - s * end)
        slope += rise + (1.0 - s) * (1.0 - 3.0 * s) * start + s * (3.0 * s - 2.0) * end
    return entropy, slope / step


@kernel()
def exact_probabilities(log_fisher, log_lam, knots, first, step):
    """Solve lambda I beta = ln((1 - 2 beta) / beta) for every element, to the last digits of float64.

    With u = ln((1 - 2 beta) / beta) the equation is u (e^u + 2) = lambda I, and beta = 1 / (e^u + 2). The table gives
    u to nine digits or so, Newton's method the rest.

    Parameters
    ----------
    log_fisher : float64 [n]
        inf where an element is wet: its beta is 0.
    log_lam : float
    knots : float64 [m, 2]
        u and its slope at ln(lambda I) = first + k step.
    first, step : float

    Returns
    -------
    beta : float64 [n]
    entropy : float
        Sum of the ternary entropies, in nats.
    """
    last = knots.shape[0] - 1
    beta = np.zeros(log_fisher.size)
    entropy = 0.0
    for n in range(log_fisher.size):
        target = log_fisher[n] + log_lam
        if target > 700.0:
            continue
        place = max((target - first) / step, 0.0)
        if place < last:
            k = int(place)
            s = place - k
            rise = knots[k + 1, 0] - knots[k, 0]
            start, end = knots[k, 1] * step - rise, knots[k + 1, 1] * step - rise
            u = knots[k, 0] + s * rise + s * (1.0 - s) * ((1.0 - s) * start - s * end)
        else:
            u = target - math.log(target)
        scaled = math.exp(target)
        for _ in range(20):
            power = math.exp(u)
            move = (u * (power + 2.0) - scaled) / (power * (1.0 + u) + 2.0)
            u -= move
            power *= 1.0 - move + 0.5 * move * move
            if abs(move) < 1e-5 * (1.0 if u > 1.0 else u):
                break
        beta[n] = 1.0 / (power + 2.0)
        entropy += 2.0 * beta[n] * u + math.log1p(2.0 / power)
    return beta, entropy
