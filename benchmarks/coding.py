"""Syndrome-trellis codes: the search for columns, coding losses, speed.

Run from the root of the repository: `python -m benchmarks.coding search` prints the table of
`embedders/coding/columns.py` (minutes), `losses` how far the codes are from the bound, `speed` times and memory.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from embedders import coding, simulate
from embedders.coding import columns, trellis

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ELEMENTS = 6_000
HEIGHTS = range(7, 13)
WIDTHS = range(2, 21)
#: Draws of columns, those kept after a first look, and looks at these.
DRAWS, KEPT, LOOKS = 400, 12, 16
SEARCHED = ("constant", "linear")
#: Costs of elements, in random order.
PROFILES: dict[str, Callable[[np.random.Generator], FloatArray]] = {
    "constant": lambda rng: np.ones(ELEMENTS),
    "linear": lambda rng: rng.permutation(np.arange(1, ELEMENTS + 1) / ELEMENTS),
    "log-normal": lambda rng: rng.lognormal(0, 1.5, ELEMENTS),
}


def trial(profile: str, bits: int, look: int, height: int, table: IntArray | None = None) -> tuple[FloatArray, float]:
    """Costs of a profile, and what embedding a random message changes of them."""
    rng = np.random.default_rng([look, bits])
    cost = PROFILES[profile](rng)
    message = rng.integers(0, 2, bits, np.uint8)
    changes = trellis.cheapest_changes(cost.astype(np.float32), message, height, table)
    return cost, float(cost[changes == 1].sum())


def binary_bound(cost: FloatArray, distortion: float) -> float:
    """Bits that the best binary code embeds at a distortion, and at which each element is a bit."""
    wet = np.full_like(cost, np.inf)
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        expected = float(cost @ simulate.change_probabilities(cost, wet, float(np.exp(middle)))[0])
        low, high = (middle, high) if expected > distortion else (low, middle)
    return simulate.entropy_bits(cost, wet, float(np.exp(low)))


def loss(profile: str, bits: int, looks: Iterable[int], height: int, table: IntArray | None = None) -> float:
    """Mean coding loss 1 - m / H(D), per cent."""
    trials = [trial(profile, bits, look, height, table) for look in looks]
    return 100 * float(np.mean([1 - bits / binary_bound(*result) for result in trials]))


def distortion(height: int, width: int, looks: Iterable[int], seed: int) -> float:
    """Sum, over profiles and messages, of distortion by its bound, for the columns that a seed draws."""
    bits = ELEMENTS // width
    table = trellis.block_columns(ELEMENTS, bits, height)
    table[0, :width] = columns.random_columns(height, width, seed)
    return sum(trial(name, bits, look, height, table)[1] / bound(name, bits) for name in SEARCHED for look in looks)


@cache
def bound(profile: str, bits: int) -> float:
    """Least distortion of a message on a profile."""
    cost = PROFILES[profile](np.random.default_rng(0))
    wet = np.full_like(cost, np.inf)
    return float(cost @ simulate.change_probabilities(cost, wet, simulate.find_lambda(cost, wet, bits))[0])


def search() -> None:
    """Print the seeds of the best columns of each height: for each width those of the least distortion."""
    for height in HEIGHTS:
        best = []
        for width in WIDTHS:
            seeds = sorted(range(DRAWS), key=partial(distortion, height, width, [1]))[:KEPT]
            seed = min(seeds, key=partial(distortion, height, width, range(2, 2 + LOOKS)))
            best.append(seed)
        print(f"    {height}: {tuple(best)},", flush=True)


def ternary_loss(bpp: float, look: int, height: int = 10) -> float:
    """Coding loss of both layers together against the ternary bound, per cent, for log-normal costs."""
    rng = np.random.default_rng([look, round(1000 * bpp)])
    rho = rng.lognormal(0, 1.5, 65_536)
    cover = rng.integers(1, 255, rho.size).astype(np.uint8)
    message = rng.integers(0, 2, round(bpp * rho.size), np.uint8)
    coded = coding.embed_bits(cover, rho, rho, message, key=look, height=height)
    return 100 * coding.coding_loss(rho, rho, message.size, coded.distortion)


def losses() -> None:
    """Print coding losses of the binary code and of both layers."""
    print("| h | alpha | " + " | ".join(PROFILES) + " |\n|---|---|---|---|---|")
    for height in (7, 10, 12):
        for width in (2, 4, 10):
            cells = [f"{loss(name, ELEMENTS // width, range(20, 24), height):.1f}" for name in PROFILES]
            print(f"| {height} | 1/{width} | " + " | ".join(cells) + " |", flush=True)
    print("\n| bpp | loss of two layers, h = 10 |\n|---|---|")
    for bpp in (0.1, 0.2, 0.4, 0.8):
        print(f"| {bpp} | {np.mean([ternary_loss(bpp, look) for look in range(2)]):.1f} |", flush=True)


def speed() -> None:
    """Print times of a message of 0.4 bpp beside the costs, CPU milliseconds, and the process's largest memory."""
    for side, repeats in ((256, 9), (512, 5), (3464, 1)):
        rng = np.random.default_rng(side)
        rho = rng.lognormal(0, 1.5, (side, side))
        cover = rng.integers(1, 255, (side, side)).astype(np.uint8)
        message = rng.integers(0, 2, round(0.4 * rho.size), np.uint8)
        for height in (7, 10, 12) if repeats > 1 else (10,):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            times = []
            for _ in range(repeats):
                start = time.process_time()
                coded = coding.embed_bits(cover, rho, rho, message, key=1, height=height)
                times.append(time.process_time() - start)
            start = time.process_time()
            assert np.array_equal(coding.extract_bits(coded.stego, coded.code, key=1), message)
            extraction = time.process_time() - start
            more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            print(
                f"{side}x{side} h = {height}: {1000 * min(times):.1f} ms, extraction {1000 * extraction:.1f} ms, "
                f"{more:.0f} MB more",
                flush=True,
            )


if __name__ == "__main__":
    {"search": search, "losses": losses, "speed": speed}[sys.argv[1]]()
