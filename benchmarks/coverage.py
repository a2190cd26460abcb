"""How often do the 95 % intervals hold the true value?  python -m benchmarks.coverage [TRIALS]

Photographs of m covers each, with a bias and a detectability of their own; scores of cover and stego are normal around
them. The true values are those of 20,000 photographs.
"""

import sys

import numpy as np
from numpy.typing import NDArray

from models.intervals import MEASURES, replicates

#: Photographs and covers of each.
DESIGNS = ((20, 1), (20, 8), (60, 1), (60, 8), (130, 9), (200, 1))
#: Mean shift of stegos; standard deviations of the bias and of the shift over photographs.
SHIFT, BIAS, DETECTABILITY = 0.8, 0.5, 0.4


def drawn(rng: np.random.Generator, photographs: int, covers: int) -> tuple[NDArray, NDArray, NDArray]:
    """Labels, scores as probabilities, and photographs of cover and stego of each pair in turn."""
    photograph = np.repeat(np.arange(photographs), 2 * covers)
    labels = np.tile([0, 1], photographs * covers)
    bias, shift = rng.normal(0, BIAS, photographs), rng.normal(SHIFT, DETECTABILITY, photographs)
    values = rng.normal(size=len(labels)) + bias[photograph] + shift[photograph] * (labels - 0.5)
    return labels, 1 / (1 + np.exp(-values)), photograph


def main() -> None:
    """Print a row a design: share of trials whose interval holds the true value."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = np.random.default_rng(0)
    labels, values, _ = drawn(rng, 20_000, 8)
    true = replicates(labels, values, ["one"] * len(labels), 0.5).all_images
    print(f"{trials} trials; true values: {dict(zip(MEASURES, true.round(3).tolist(), strict=True))}")
    print("| photographs | covers of each |", " | ".join(MEASURES), "|")
    print("|---|---|" + "---|" * len(MEASURES))
    for photographs, covers in DESIGNS:
        held = np.zeros(len(MEASURES))
        for _ in range(trials):
            labels, values, photograph = drawn(rng, photographs, covers)
            low, high = replicates(labels, values, list(photograph), 0.5).interval()
            held += (low <= true) & (true <= high)
        print(f"| {photographs} | {covers} |", " | ".join(f"{share:.3f}" for share in held / trials), "|", flush=True)


if __name__ == "__main__":
    main()
