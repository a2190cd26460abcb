"""Compiled loops that turn Fisher information into change probabilities."""

import numpy as np

from embedders.kernel import kernel

#: 1 + 2 / e^u is at most 3: this many factors stay far below the largest float64.
FACTORS = 64


@kernel("numpy")
def interpolated_entropy(log_fisher, log_lam, knots, first, step):
    """Sum of the ternary entropies (nats) at one lambda, and its slope in ln lambda, by cubic Hermite interpolation.

    `knots`, float64 [m, 2], hold entropy of one element and its slope at ln(lambda I) = first + k step.
    """
    last = knots.shape[0] - 1
    entropy, slope = 0.0, 0.0
    for n in range(log_fisher.size):
        position = (log_fisher[n] + log_lam - first) / step
        if position >= last:
            continue
        position = max(position, 0.0)
        k = int(position)
        s = position - k
        rise = knots[k + 1, 0] - knots[k, 0]
        start, end = knots[k, 1] * step - rise, knots[k + 1, 1] * step - rise
        bend = s * (1.0 - s)
        entropy += knots[k, 0] + s * rise + bend * ((1.0 - s) * start - s * end)
        slope += rise + (1.0 - s) * (1.0 - 3.0 * s) * start + s * (3.0 * s - 2.0) * end
    return entropy, slope / step


@kernel("numpy")
def interpolated(log_fisher, log_lam, knots, first, step, u, target):
    """Fill u, to nine digits or so, and ln(lambda I) of every element (1-D).

    Beyond the table, where wet too, ln(lambda I) is set to inf, and u to the table's end.
    """
    last = knots.shape[0] - 1
    for n in range(log_fisher.size):
        position = max((log_fisher[n] + log_lam - first) / step, 0.0)
        target[n] = log_fisher[n] + log_lam if position < last else np.inf
        position = min(position, last - 1.0)
        k = int(position)
        s = position - k
        rise = knots[k + 1, 0] - knots[k, 0]
        start, end = knots[k, 1] * step - rise, knots[k + 1, 1] * step - rise
        u[n] = knots[k, 0] + s * rise + s * (1.0 - s) * ((1.0 - s) * start - s * end)


@kernel("numpy")
def exact_probabilities(u, power, scaled, beta, partitions):
    """Solve lambda I beta = ln((1 - 2 beta) / beta) for every element, to the last digits of float64.

    With u = ln((1 - 2 beta) / beta) the equation is u (e^u + 2) = lambda I, and beta = 1 / (e^u + 2). Given u to nine
    digits and `power` = e^u, one step of Newton's method gives the rest. `scaled` is lambda I, inf where an element is
    wet: its beta is 0. Fills `beta`, and `partitions`, float64 [ceil(n / FACTORS)], with products of 1 + 2 / e^u.
    Returns the sum of the entropies, in nats, less the logarithms of the partitions.
    """
    means, factors = np.empty(FACTORS), np.empty(FACTORS)
    mean = 0.0
    for block in range(partitions.size):
        start = block * FACTORS
        count = min(FACTORS, u.size - start)
        for i in range(count):
            n = start + i
            move = (u[n] * (power[n] + 2.0) - scaled[n]) / (power[n] * (1.0 + u[n]) + 2.0)
            exact = power[n] * (1.0 - move + 0.5 * move * move)
            free = scaled[n] < np.inf
            beta[n] = 1.0 / (exact + 2.0) if free else 0.0
            means[i] = 2.0 * beta[n] * (u[n] - move) if free else 0.0
            factors[i] = 1.0 + 2.0 / exact if free else 1.0
        product = 1.0
        for i in range(count):
            mean += means[i]
            product *= factors[i]
        partitions[block] = product
    return mean
