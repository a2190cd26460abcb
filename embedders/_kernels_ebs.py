"""Compiled loops of EBS."""

import numpy as np

from embedders.kernel import kernel


@kernel()
def block_entropies(plane, logs):
    """Entropy in nats of the values of the AC coefficients of each block that are not zero: int [h, w] -> [h/8, w/8].

    Parameters: logs float64 [64], logarithms of the numbers 0 (unused) to 63.
    """
    height, width = plane.shape[0] // 8, plane.shape[1] // 8
    out = np.zeros((height, width))
    values, counts = np.empty(64, np.int64), np.empty(64, np.int64)
    for i in range(height):
        for j in range(width):
            different, total = 0, 0
            for k in range(1, 64):
                value = np.int64(plane[8 * i + k // 8, 8 * j + k % 8])
                if value == 0:
                    continue
                total += 1
                index = 0
                while index < different and values[index] != value:
                    index += 1
                if index == different:
                    values[index], counts[index] = value, 0
                    different += 1
                counts[index] += 1
            if different > 1:
                entropy = 0.0
                for index in range(different):
                    entropy += counts[index] * (logs[total] - logs[counts[index]])
                out[i, j] = entropy / total
    return out
