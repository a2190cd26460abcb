"""Plain re-implementations of the spatial costs and of the simulator, written from their definitions."""

import math

import numpy as np

#: Daubechies 8, 16 taps: convolution with it annihilates polynomials of degree 7.
HIGH = """
    -0.0544158422  0.3128715909 -0.6756307363  0.5853546837  0.0158291053 -0.2840155430 -0.0004724846  0.1287474266
     0.0173693010 -0.0440882539 -0.0139810279  0.0087460940  0.0048703530 -0.0003917404 -0.0006754494 -0.0001174768
"""
HIGH = np.array([float(tap) for tap in HIGH.split()])
LOW = np.array([(-1) ** t * HIGH[15 - t] for t in range(16)])

#: F_1, F_2, F_3: vertical x horizontal.
FILTERS = [np.outer(LOW, HIGH), np.outer(HIGH, LOW), np.outer(HIGH, HIGH)]


def mirrored(index, length):
    """Index of the pixel that stands at `index` when the image is mirrored at its edges for ever: 1, 0, 0, 1, 2, ..."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index


def residual(cover, kernel):
    """R(u, v) = sum F(a, b) X(u - a, v - b), for every (u, v) that a pixel of the cover reaches."""
    height, width = cover.shape
    rows = [mirrored(i, height) for i in range(-15, height + 15)]
    columns = [mirrored(j, width) for j in range(-15, width + 15)]
    padded = cover[rows][:, columns].astype(np.float64)
    out = np.zeros((height + 15, width + 15))
    for u in range(height + 15):
        for v in range(width + 15):
            out[u, v] = (kernel[::-1, ::-1] * padded[u : u + 16, v : v + 16]).sum()
    return out


def reach(plane, kernel):
    """Correlation with |F|: the sum of what a unit change of pixel (i, j) moves, |F(a, b)| at (i + a, j + b)."""
    height, width = plane.shape[0] - 15, plane.shape[1] - 15
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            out[i, j] = (np.abs(kernel) * plane[i : i + 16, j : j + 16]).sum()
    return out


def suniward(cover, sigma=1.0):
    """rho = sum over k, u, v of |change of R_k(u, v)| / (sigma + |R_k(u, v)|) when the pixel changes by one."""
    return sum(reach(1 / (sigma + np.abs(residual(cover, kernel))), kernel) for kernel in FILTERS)


def wow(cover):
    """rho = sum over k of 1 / xi_k, xi_k = |R_k| correlated with |F_k| and at least float64 epsilon; inf from 1e10."""
    rho = np.zeros(cover.shape)
    for kernel in FILTERS:
        rho += 1 / np.maximum(reach(np.abs(residual(cover, kernel)), kernel), 2.0**-52)
    rho[rho >= 1e10] = math.inf
    return rho


def weight(rho, lam):
    """exp(-lambda rho), and 0 where wet."""
    return 0.0 if math.isinf(rho) else math.exp(-lam * rho)


def probabilities(rho_p1, rho_m1, lam):
    """Gibbs distribution of each element over +1, -1 and 0."""
    p_p1, p_m1 = np.zeros(rho_p1.shape), np.zeros(rho_m1.shape)
    for at in np.ndindex(rho_p1.shape):
        x_p1, x_m1 = weight(rho_p1[at], lam), weight(rho_m1[at], lam)
        p_p1[at] = x_p1 / (1 + x_p1 + x_m1)
        p_m1[at] = x_m1 / (1 + x_p1 + x_m1)
    return p_p1, p_m1


def entropy_bits(rho_p1, rho_m1, lam):
    """Sum of -p log2 p over every element and each of its three outcomes."""
    terms = []
    for up, down in zip(*(p.flat for p in probabilities(rho_p1, rho_m1, lam)), strict=True):
        terms += [-p * math.log2(p) for p in (up, down) if p > 0]
        terms.append(-(1 - up - down) * math.log1p(-up - down) / math.log(2))
    return math.fsum(terms)


def find_lambda(rho_p1, rho_m1, message_bits):
    """Bisection of ln(lambda): the entropy falls as lambda grows."""
    low, high = -60.0, 60.0
    for _ in range(70):
        middle = (low + high) / 2
        if entropy_bits(rho_p1, rho_m1, math.exp(middle)) > message_bits:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)


def draw(p_p1, p_m1, uniform):
    """+1 below p_p1, -1 from there to below p_p1 + p_m1, else 0."""
    changes = np.zeros(uniform.shape, np.int8)
    for at in np.ndindex(uniform.shape):
        if uniform[at] < p_p1[at]:
            changes[at] = 1
        elif uniform[at] < p_p1[at] + p_m1[at]:
            changes[at] = -1
    return changes
