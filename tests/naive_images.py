"""A plain re-implementation of Matlab's `imresize(image, [size size])` for uint8, written from its algorithm."""

import math

import numpy as np


def cubic(x):
    """Keys' cubic convolution kernel with a = -0.5."""
    x = abs(x)
    if x <= 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    if x <= 2:
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return 0.0


def contributions(length, size):
    """Weights and mirrored indices of the input samples of each output sample (kernel stretched when shrinking)."""
    scale = size / length
    stretch = min(scale, 1.0)
    width = 4 / stretch
    weights, indices = [], []
    for out in range(1, size + 1):
        centre = out / scale + 0.5 * (1 - 1 / scale)
        left = math.floor(centre - width / 2)
        taps = range(left, left + math.ceil(width) + 2)
        row = np.array([stretch * cubic(stretch * (centre - tap)) for tap in taps])
        weights.append(row / row.sum())
        mirror = list(range(length)) + list(range(length - 1, -1, -1))
        indices.append([mirror[(tap - 1) % (2 * length)] for tap in taps])
    return np.array(weights), np.array(indices)


def shrink_rows(image, size):
    """Resample along the first axis and round half up to uint8."""
    weights, indices = contributions(image.shape[0], size)
    result = np.zeros((size, image.shape[1]))
    for out in range(size):
        for weight, index in zip(weights[out], indices[out], strict=True):
            result[out] += weight * image[index]
    return np.clip(np.floor(result + 0.5), 0, 255).astype(np.uint8)


def imresize(image, size):
    """Matlab: the dimension of the smaller scale first, the first one on ties."""
    height, width = image.shape
    if height >= width:
        return shrink_rows(shrink_rows(image, size).T, size).T
    return shrink_rows(shrink_rows(image.T, size).T, size)
