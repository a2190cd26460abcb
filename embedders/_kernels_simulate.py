"""Compiled loops of the ternary simulator.

A kernel gets checked arrays only, and calls kernels of this file only: see `embedders/_kernels_wavelet.py`.
"""

import math

import numpy as np

from embedders.kernel import kernel

#: 1 + x_p1 + x_m1 is at most 3: this many factors stay far below the largest float64.
FACTORS = 64


@kernel()
def entropy_and_slope(rho_p1, rho_m1, lam, stride):
    """Entropy of all changes in nats and its derivative by ln(lambda), over every `stride`-th element (1-D costs).

    H = sum ln(1 + x_p1 + x_m1) + mean t,  dH / d ln(lambda) = - sum variance of t,  with t = lambda rho, x = exp(-t).
    The logarithm is taken of a product of many factors at once: it would cost more than all the rest.
    """
    entropy = 0.0
    variance = 0.0
    product = 1.0
    factors = 0
    for i in range(0, rho_p1.size, stride):
        t_p1 = 0.0
        x_p1 = 0.0
        if rho_p1[i] < np.inf:
            t_p1 = lam * rho_p1[i]
            x_p1 = math.exp(-t_p1)
        t_m1 = 0.0
        x_m1 = 0.0
        if rho_m1[i] == rho_p1[i]:
            t_m1 = t_p1
            x_m1 = x_p1
        elif rho_m1[i] < np.inf:
            t_m1 = lam * rho_m1[i]
            x_m1 = math.exp(-t_m1)
        partition = 1.0 + x_p1 + x_m1
        mean = (x_p1 * t_p1 + x_m1 * t_m1) / partition
        entropy += mean
        variance += (x_p1 * t_p1 * t_p1 + x_m1 * t_m1 * t_m1) / partition - mean * mean
        product *= partition
        factors += 1
        if factors == FACTORS:
            entropy += math.log(product)
            product = 1.0
            factors = 0
    return entropy + math.log(product), -variance


@kernel()
def change_probabilities(rho_p1, rho_m1, lam, p_p1, p_m1):
    """Fill the probabilities of +1 and -1 (1-D), exactly 0 where wet; return the entropy in nats."""
    entropy = 0.0
    product = 1.0
    for i in range(rho_p1.size):
        t_p1 = lam * rho_p1[i] if rho_p1[i] < np.inf else 0.0
        x_p1 = math.exp(-t_p1) if rho_p1[i] < np.inf else 0.0
        t_m1 = t_p1
        x_m1 = x_p1
        if rho_m1[i] != rho_p1[i]:
            t_m1 = lam * rho_m1[i] if rho_m1[i] < np.inf else 0.0
            x_m1 = math.exp(-t_m1) if rho_m1[i] < np.inf else 0.0
        partition = 1.0 + x_p1 + x_m1
        p_p1[i] = x_p1 / partition
        p_m1[i] = x_m1 / partition
        entropy += p_p1[i] * t_p1 + p_m1[i] * t_m1
        product *= partition
        if i % FACTORS == 0:
            entropy += math.log(product)
            product = 1.0
    return entropy + math.log(product)


@kernel()
def draw_changes(p_p1, p_m1, uniform, changes):
    """Fill the changes (1-D int8): +1 where uniform < p_p1, -1 where it is below p_p1 + p_m1, else 0."""
    for i in range(uniform.size):
        if uniform[i] < p_p1[i]:
            changes[i] = 1
        elif uniform[i] < p_p1[i] + p_m1[i]:
            changes[i] = -1
        else:
            changes[i] = 0
