"""Compiled loops of the ternary simulator; exponentials and logarithms in vectors, the same bits on every processor.

The system's own differ in the last bit from one processor and library to another, and take one element at a time. Here
all is additions and multiplications in a fixed order, and integer arithmetic on the bits of a float64: J.-M. Muller,
"Elementary Functions: Algorithms and Implementation", 3rd ed., Birkhäuser, 2016, ch. 11 (reduction by two constants);
coefficients are Taylor's. Sums run one element after the other, all else in loops that the compiler turns into vectors.
"""

import numpy as np

from embedders.kernel import kernel

#: 1 + x_p1 + x_m1 is at most 3: this many factors stay far below the largest float64.
FACTORS = 64
BLOCK = 512
LOG2_E = 1.4426950408889634
#: ln 2 in two parts, the first of 33 bits: its products with the exponents of float64 are exact.
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
#: 1.5 x 2^52: a sum with it ends in the nearest integer.
ROUNDING = 6755399441055744.0
#: Where exp would leave the normal numbers: 0 below, inf above.
LEAST, MOST = -708.0, 709.0
#: Bits of sqrt(1/2), of 1 and of 2^52.
HALF_ROOT, ONE, LARGE = 0x3FE6A09E667F3BCD, 0x3FF0000000000000, 0x4330000000000000


@kernel("numpy")
def exponentials(x, out):
    """Fill out with e^x (1-D): 0 below x = -708, inf above 709."""
    power = np.empty(BLOCK)
    bits = power.view(np.int64)
    for start in range(0, x.size, BLOCK):
        count = min(BLOCK, x.size - start)
        here, to = x[start : start + count], out[start : start + count]
        for i in range(count):
            power[i] = min(max(here[i], LEAST), MOST) * LOG2_E + ROUNDING
        for i in range(count):
            bits[i] = (bits[i] + np.int64(1023)) << np.int64(52)
        for i in range(count):
            held = min(max(here[i], LEAST), MOST)
            whole = (held * LOG2_E + ROUNDING) - ROUNDING
            r = (held - whole * LN2_HIGH) - whole * LN2_LOW
            p = 1.0 / 6227020800.0
            p = p * r + 1.0 / 479001600.0
            p = p * r + 1.0 / 39916800.0
            p = p * r + 1.0 / 3628800.0
            p = p * r + 1.0 / 362880.0
            p = p * r + 1.0 / 40320.0
            p = p * r + 1.0 / 5040.0
            p = p * r + 1.0 / 720.0
            p = p * r + 1.0 / 120.0
            p = p * r + 1.0 / 24.0
            p = p * r + 1.0 / 6.0
            p = p * r + 0.5
            value = (1.0 + (r + r * r * p)) * power[i]
            value = value if here[i] >= LEAST else 0.0
            to[i] = value if here[i] <= MOST else np.inf


@kernel("numpy")
def logarithms(x, out):
    """Fill out with ln x (1-D): of normal numbers above 0, and inf of inf."""
    whole, mantissa = np.empty(BLOCK), np.empty(BLOCK)
    whole_bits, mantissa_bits = whole.view(np.uint64), mantissa.view(np.uint64)
    for start in range(0, x.size, BLOCK):
        count = min(BLOCK, x.size - start)
        here, to = x[start : start + count], out[start : start + count]
        bits = here.view(np.uint64)
        for i in range(count):  # x = 2^whole mantissa, mantissa within sqrt(1/2) and sqrt(2)
            above = bits[i] + np.uint64(ONE - HALF_ROOT)
            whole_bits[i] = (above >> np.uint64(52)) | np.uint64(LARGE)
            mantissa_bits[i] = (above & np.uint64(0xFFFFFFFFFFFFF)) + np.uint64(HALF_ROOT)
        for i in range(count):
            k = whole[i] - (4503599627370496.0 + 1023.0)
            f = mantissa[i] - 1.0
            s = f / (2.0 + f)
            z = s * s
            p = 2.0 / 21.0
            p = p * z + 2.0 / 19.0
            p = p * z + 2.0 / 17.0
            p = p * z + 2.0 / 15.0
            p = p * z + 2.0 / 13.0
            p = p * z + 2.0 / 11.0
            p = p * z + 2.0 / 9.0
            p = p * z + 2.0 / 7.0
            p = p * z + 2.0 / 5.0
            p = p * z + 2.0 / 3.0
            # ln(1 + f) = f - s (f - z p): the large part stands alone
            value = k * LN2_HIGH - ((s * (f - z * p) - k * LN2_LOW) - f)
            to[i] = value if here[i] < np.inf else np.inf


@kernel("numpy")
def weights(rho, lam, t, x):
    """Fill t with -lambda rho (1-D), -inf where wet, and x with its exponential."""
    for i in range(rho.size):
        t[i] = -lam * rho[i] if rho[i] < np.inf else -np.inf
    exponentials(t, x)


@kernel("numpy")
def entropy_and_slope(t_p1, x_p1, t_m1, x_m1, partitions):
    """Entropy of all changes in nats and its derivative by ln(lambda).

    H = sum ln(1 + x_p1 + x_m1) - mean t,  dH / d ln(lambda) = - sum variance of t,  with t = -lambda rho, x = exp(t).
    Takes t and x, float64 [n], as `weights` fills them, and fills `partitions`, float64 [ceil(n / FACTORS)], with
    logarithms of products of 1 + x_p1 + x_m1: one logarithm of many factors.
    """
    means, variances, factors = np.empty(FACTORS), np.empty(FACTORS), np.empty(FACTORS)
    entropy = 0.0
    variance = 0.0
    for block in range(partitions.size):
        start = block * FACTORS
        count = min(FACTORS, t_p1.size - start)
        for i in range(count):
            plus = t_p1[start + i] if x_p1[start + i] > 0.0 else 0.0
            minus = t_m1[start + i] if x_m1[start + i] > 0.0 else 0.0
            plus_mean, minus_mean = x_p1[start + i] * plus, x_m1[start + i] * minus
            factors[i] = 1.0 + x_p1[start + i] + x_m1[start + i]
            means[i] = (plus_mean + minus_mean) / factors[i]
            variances[i] = (plus_mean * plus + minus_mean * minus) / factors[i] - means[i] * means[i]
        product = 1.0
        for i in range(count):
            entropy -= means[i]
            variance += variances[i]
            product *= factors[i]
        partitions[block] = product
    logarithms(partitions, partitions)
    for block in range(partitions.size):
        entropy += partitions[block]
    return entropy, -variance


@kernel("numpy")
def change_probabilities(x_p1, x_m1, p_p1, p_m1):
    """Fill the probabilities of +1 and -1 (1-D), exactly 0 where wet."""
    for i in range(x_p1.size):
        partition = 1.0 + x_p1[i] + x_m1[i]
        p_p1[i] = x_p1[i] / partition
        p_m1[i] = x_m1[i] / partition


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
