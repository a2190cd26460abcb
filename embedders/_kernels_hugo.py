"""Compiled loops of HUGO."""

import numpy as np

from embedders.kernel import kernel


@kernel()
def bounding_costs(padded, weights):
    """Costs of +1 and -1: int32 [h + 6, w + 6], mirrored by three, and weights by sum of squares -> two float64 [h, w].

    On each of four lines through a pixel lie six differences; those on its left and right move by one, and with them
    the four triples that hold one of them.
    """
    height, width = padded.shape[0] - 6, padded.shape[1] - 6
    plus, minus = np.zeros((height, width)), np.zeros((height, width))
    for di, dj in ((0, 1), (1, 0), (1, 1), (-1, 1)):
        for i in range(height):
            for j in range(width):
                y, x = i + 3, j + 3
                centre = padded[y, x]
                left, right = padded[y - di, x - dj], padded[y + di, x + dj]
                left2, right2 = padded[y - 2 * di, x - 2 * dj], padded[y + 2 * di, x + 2 * dj]
                a = (padded[y - 3 * di, x - 3 * dj] - left2) ** 2
                b = (left2 - left) ** 2
                c = left - centre
                d = centre - right
                e = (right - right2) ** 2
                f = (right2 - padded[y + 3 * di, x + 3 * dj]) ** 2
                first, second = a + b + c * c, b + c * c + d * d
                third, fourth = c * c + d * d + e, d * d + e + f
                now = weights[first] + weights[second] + weights[third] + weights[fourth]
                outer, inner = 1 - 2 * c, 1 + 2 * d
                both = outer + inner
                plus[i, j] += now + (
                    weights[first + outer] + weights[second + both] + weights[third + both] + weights[fourth + inner]
                )
                outer, inner = 1 + 2 * c, 1 - 2 * d
                both = outer + inner
                minus[i, j] += now + (
                    weights[first + outer] + weights[second + both] + weights[third + both] + weights[fourth + inner]
                )
    return plus, minus
