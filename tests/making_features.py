"""Features that can be told apart as much as is asked."""

import numpy as np


def data(pairs=60, features=40, shift=1.0, seed=0, group_size=3):
    """Features [d, 2 pairs] and groups, whose images resemble one another; stegos are moved in a tenth of features."""
    rng = np.random.default_rng(seed)
    groups = np.arange(pairs) // group_size
    content = rng.normal(size=(features, groups.max() + 1))[:, groups].repeat(2, axis=1)
    found = content + rng.normal(size=(features, 2 * pairs))
    found[: features // 10, 1::2] += shift
    return found.astype(np.float32), [f"photo{group}" for group in groups]
