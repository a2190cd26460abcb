"""The payload-limited ternary simulator at the rate-distortion bound: lambda, probabilities, draw, seeds.

T. Filler, J. Judas, J. Fridrich, "Minimizing additive distortion in steganography using syndrome-trellis codes", IEEE
TIFS 6(3), 2011, eq. 4 to 8. Wet is `inf` everywhere: a weight of exactly 0 at every lambda.
"""

import hashlib
import math
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from embedders import _kernels_simulate, elementary
from embedders.interface import EmbedderError, Solution

#: A prime stride, so that a sample of a plane in 8x8 blocks holds every mode alike.
STRIDE = 17
SAMPLED_FROM = 16_384
#: Newton converges quadratically: a step below this leaves lambda wrong by less than its square.
LAST_STEP = 1e-4
EVALUATIONS = 200

FloatArray = NDArray[np.float64]


def capacity(rho_p1: FloatArray, rho_m1: FloatArray) -> float:
    """Largest entropy in bits that these costs allow: log2 of the number of finite choices, summed."""
    choices = 1 + np.isfinite(rho_p1).astype(np.int8) + np.isfinite(rho_m1)
    return float(np.count_nonzero(choices == 2) + np.count_nonzero(choices == 3) * math.log2(3.0))


def find_lambda(rho_p1: FloatArray, rho_m1: FloatArray, message_bits: float) -> float:
    """Lambda at which the change probabilities carry the message.

    Parameters
    ----------
    rho_p1, rho_m1 : numpy.ndarray
        Costs of +1 and -1, float64, same shape; >= 0, `inf` where wet.
    message_bits : float
        Bits to embed, > 0.

    Returns
    -------
    float
        Lambda in nats per unit of cost; relative error below 1e-7.

    Raises
    ------
    EmbedderError
        Costs that are negative, NaN, all wet or of unequal shapes; a message that is not positive and finite, is above
        the capacity, or cannot be met because too many costs are zero.
    """
    return Ternary(rho_p1, rho_m1).find_lambda(message_bits)


class Simulator(ABC):
    """Change probabilities of one cover at any payload, and changes drawn from them: what embedding is made of.

    Attributes
    ----------
    capacity : float
        Bits, the largest message.
    """

    capacity: float

    @abstractmethod
    def solve(self, message_bits: float) -> Solution:
        """Find the change probabilities that carry a message; EmbedderError where none do."""

    def draw(self, solution: Solution, generator: np.random.Generator) -> NDArray[np.int8]:
        """Draw every element's change by itself, from one uniform number each."""
        return draw_changes(solution.p_p1, solution.p_m1, generator.random(solution.p_p1.shape))


class Costs:
    """Checked costs (1-D) and what is summed over them at any lambda; buffers are kept from one lambda to the next."""

    def __init__(self, rho_p1: FloatArray, rho_m1: FloatArray) -> None:
        """Take costs that `find_lambda` would."""
        self.capacity = capacity(rho_p1, rho_m1)
        self.rho_p1 = rho_p1
        #: Where a change of -1 costs something else: often at the end of the range alone.
        self.other = np.flatnonzero(rho_p1 != rho_m1)
        self.rho_other = rho_m1[self.other]
        self.plus = np.empty_like(rho_p1), np.empty_like(rho_p1)
        self.minus = (np.empty_like(rho_p1), np.empty_like(rho_p1)) if self.other.size else self.plus
        self.partitions = np.empty(-(-rho_p1.size // _kernels_simulate.FACTORS))

    def entropy_and_slope(self, lam: float) -> tuple[float, float]:
        """Entropy of all changes in nats, and its derivative by ln(lambda); fills the buffers."""
        _kernels_simulate.weights(self.rho_p1, lam, *self.plus)
        if self.other.size:
            others = np.empty_like(self.rho_other), np.empty_like(self.rho_other)
            _kernels_simulate.weights(self.rho_other, lam, *others)
            for minus, plus, other in zip(self.minus, self.plus, others, strict=True):
                np.copyto(minus, plus)
                minus[self.other] = other
        return _kernels_simulate.entropy_and_slope(*self.plus, *self.minus, self.partitions)

    def solution(self, lam: float, shape: tuple[int, ...]) -> Solution:
        """Change probabilities at a lambda."""
        entropy, _ = self.entropy_and_slope(lam)
        p_p1, p_m1 = np.empty_like(self.rho_p1), np.empty_like(self.rho_p1)
        _kernels_simulate.change_probabilities(self.plus[1], self.minus[1], p_p1, p_m1)
        return Solution(p_p1.reshape(shape), p_m1.reshape(shape), entropy / math.log(2.0), lam)


class Ternary(Simulator):
    """Additive costs of +1 and -1, and all that finding lambda needs of them at any payload."""

    def __init__(self, rho_p1: FloatArray, rho_m1: FloatArray) -> None:
        """Check and measure costs, as for `find_lambda`, once for any number of payloads."""
        self.shape = np.shape(rho_p1)
        rho_p1, rho_m1 = _flat_costs(rho_p1, rho_m1)
        self.costs = Costs(rho_p1, rho_m1)
        self.capacity = self.costs.capacity
        sampled = rho_p1.size >= SAMPLED_FROM
        self.sample = Costs(*(np.ascontiguousarray(rho[::STRIDE]) for rho in (rho_p1, rho_m1))) if sampled else None
        self.scale = _finite_mean(rho_p1) or _finite_mean(rho_m1)

    def solve(self, message_bits: float) -> Solution:
        """Find lambda, and the probabilities at it."""
        return self.costs.solution(self.find_lambda(message_bits), self.shape)

    def find_lambda(self, message_bits: float) -> float:
        """Find lambda, as the function of this name."""
        if not (math.isfinite(message_bits) and message_bits > 0):
            raise EmbedderError(f"message: expected a positive number of bits, got {message_bits}")
        if self.capacity == 0:
            raise EmbedderError(
                f"cover: all {math.prod(self.shape)} elements are wet, so none can be changed: leave this cover out"
            )
        if message_bits > self.capacity:
            raise EmbedderError(
                f"message of {message_bits:.0f} bits is above the capacity of {math.floor(self.capacity)} bits: lower "
                "the payload or leave this cover out"
            )
        if self.scale == 0.0:
            raise EmbedderError("costs: expected some above zero, got none: no lambda can limit the changes")
        start = -_log(self.scale)
        if self.sample:
            # a bound away from the sample's capacity: a warm start need not exist
            sampled = min(message_bits / STRIDE, 0.99 * self.sample.capacity)
            if sampled > 0:
                warm = _root(self.sample, sampled * math.log(2.0), start, 0.01)
                start = start if warm is None else warm
        root = _root(self.costs, message_bits * math.log(2.0), start, LAST_STEP)
        if root is None:
            raise EmbedderError(
                f"message of {message_bits:.0f} bits cannot be met by any lambda: costs of zero carry more, or the "
                "message equals the capacity: check the costs"
            )
        return _exp(root)


def _exp(x: float) -> float:
    return float(elementary.exp(x))


def _log(x: float) -> float:
    return float(elementary.log(x))


def _finite_mean(rho: FloatArray) -> float:
    finite = rho[np.isfinite(rho)]
    return float(finite.mean()) if finite.size else 0.0


def _root(costs: Costs, nats: float, start: float, last_step: float) -> float | None:
    """Root of ln H(ln lambda) = ln(nats) or None: Newton, kept inside a bracket that halves where it would leave it."""
    low, high = -math.inf, math.inf
    u = start
    for _ in range(EVALUATIONS):
        entropy, slope = costs.entropy_and_slope(_exp(u))
        excess = _log(entropy / nats) if entropy > 0 else -math.inf
        if excess == 0:
            return u
        low, high = (u, high) if excess > 0 else (low, u)
        step = -excess * entropy / slope if slope < 0 and entropy > 0 else math.copysign(2.0, excess)
        # far from the root the curve is flat on one side and steep on the other: no leap beyond a factor of e^4
        target = u + min(max(step, -4.0), 4.0)
        if abs(step) < last_step and low <= target <= high:
            return target
        if not low < target < high:
            target = (low + high) / 2
        if high - low < 1e-13 * max(1.0, abs(u)):
            return target
        u = target
        if abs(u) > 600:
            break
    return None


def change_probabilities(rho_p1: FloatArray, rho_m1: FloatArray, lam: float) -> tuple[FloatArray, FloatArray]:
    """Probabilities of +1 and -1 at lambda: p = exp(-lambda rho) / (1 + exp(-lambda rho_p1) + exp(-lambda rho_m1)).

    Parameters
    ----------
    rho_p1, rho_m1 : numpy.ndarray
        Costs of +1 and -1, float64, any shape; `inf` where wet.
    lam : float
        Lambda, >= 0.

    Returns
    -------
    p_p1, p_m1 : numpy.ndarray
        float64, shape of the costs; exactly 0 where wet.

    Raises
    ------
    EmbedderError
        Costs that are negative, NaN or of unequal shapes; a lambda that is negative or not finite.
    """
    if not 0 <= lam < math.inf:
        raise EmbedderError(f"lambda: expected a finite number of zero or more, got {lam}")
    return _at(rho_p1, rho_m1, lam)[:2]


def entropy_bits(rho_p1: FloatArray, rho_m1: FloatArray, lam: float) -> float:
    """Entropy of the changes at lambda, in bits: what a perfect code would embed."""
    return _at(rho_p1, rho_m1, lam).entropy_bits


def _at(rho_p1: FloatArray, rho_m1: FloatArray, lam: float) -> Solution:
    return Costs(*_flat_costs(rho_p1, rho_m1)).solution(float(lam), np.shape(rho_p1))


def draw_changes(p_p1: FloatArray, p_m1: FloatArray, uniform: FloatArray) -> NDArray[np.int8]:
    """Draw a change for each element: uniform < p_p1 gives +1, below p_p1 + p_m1 gives -1, else 0.

    Parameters
    ----------
    p_p1, p_m1 : numpy.ndarray
        Probabilities of +1 and -1, float64, any shape.
    uniform : numpy.ndarray
        float64 in [0, 1), same shape, one for each element.

    Returns
    -------
    numpy.ndarray
        int8, same shape, values -1, 0, 1.
    """
    if not np.shape(p_p1) == np.shape(p_m1) == np.shape(uniform):
        raise EmbedderError(
            f"draw: expected one uniform for each element, got shapes {np.shape(p_p1)}, {np.shape(p_m1)} and "
            f"{np.shape(uniform)}"
        )
    changes = np.empty(np.shape(uniform), np.int8)
    flat = [np.ascontiguousarray(a, np.float64).reshape(-1) for a in (p_p1, p_m1, uniform)]
    _kernels_simulate.draw_changes(*flat, changes.reshape(-1))
    return changes


def stego_seed(run_seed: int, embedder: str, version: int, payload: float, cover_name: str) -> int:
    """Seed of one stego: a hash of all that makes it this stego, so no two share a generator whatever the job order."""
    key = "\n".join((str(run_seed), embedder, str(version), repr(float(payload)), cover_name))
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()[:16], "big")


def _flat_costs(rho_p1: FloatArray, rho_m1: FloatArray) -> tuple[FloatArray, FloatArray]:
    if np.shape(rho_p1) != np.shape(rho_m1):
        raise EmbedderError(f"costs: expected equal shapes, got {np.shape(rho_p1)} and {np.shape(rho_m1)}")
    flat = [np.ascontiguousarray(rho, np.float64).reshape(-1) for rho in (rho_p1, rho_m1)]
    if any(rho.size == 0 or not (rho >= 0).all() for rho in flat):
        raise EmbedderError("costs: expected numbers of zero or more (inf where wet), got none, a negative one or NaN")
    return flat[0], flat[1]


def bits_of_changes(simulator: Simulator, changes: int) -> float:
    """Message length at which a simulator expects as many changes, > 0, as were counted.

    Returns
    -------
    float
        Bits, to 0.1 %; 99 % of the capacity where even that many bits need fewer changes.
    """

    def excess(log_bits: float) -> float:
        solution = simulator.solve(math.exp(log_bits))
        return math.log(float(solution.p_p1.sum() + solution.p_m1.sum()) / changes)

    most = math.log(0.99 * simulator.capacity)
    if excess(most) <= 0:
        return 0.99 * simulator.capacity
    from scipy.optimize import brentq  # a tenth of a second of every job's start-up, which embedding does not need

    # a change carries log2(3) / (2/3) = 2.4 bits or more, so as many bits as changes are too few
    return math.exp(brentq(excess, min(math.log(changes), most), most, xtol=1e-3))
