"""Change probabilities that a detector of a Gaussian cover model finds hardest, from Fisher information."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embedders import _kernels_gaussian, elementary
from embedders.interface import EmbedderError, Solution
from embedders.simulate import Simulator

#: Range and spacing of the table over ln(lambda I).
FIRST, LAST, STEP = -24.0, 702.0, 1 / 32
#: One element in so many finds the neighbourhood of lambda; prime, so that all DCT modes take part.
SAMPLING = 17
LN2 = float(elementary.log(2.0))
LN3 = float(elementary.log(3.0))
#: Agreement of the entropies with the message, relative.
TOLERANCE = 1e-7


class Gaussian(Simulator):
    """Equal probabilities of +1 and -1, beta, that solve lambda I beta = ln((1 - 2 beta) / beta)."""

    def __init__(self, fisher: NDArray[np.float64]) -> None:
        """Take the Fisher information of every element; `inf` where nothing may be changed."""
        self.fisher = fisher
        self.capacity = float(np.count_nonzero(np.isfinite(fisher)) * LN3 / LN2)

    def solve(self, message_bits: float) -> Solution:
        """Find the probabilities that carry a message."""
        return solve(self.fisher, message_bits * LN2)


@lru_cache(maxsize=1)
def knots() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tabulate one element's entropy and u = ln((1 - 2 beta) / beta), each with its slope, over ln(lambda I).

    With u (e^u + 2) = lambda I and beta = 1 / (e^u + 2), the entropy is 2 beta u + ln(1 + 2 / e^u).

    Returns
    -------
    entropy, u : float64 [m, 2]
        Value and slope at FIRST + k STEP.
    """
    position = FIRST + STEP * np.arange(round((LAST - FIRST) / STEP) + 1)
    exp, log = elementary.exp, elementary.log
    u = np.where(position > 2, position - log(np.maximum(position, 1)), exp(np.minimum(position, 2)) / 5)
    for _ in range(10):  # Newton's method for ln u on ln u + ln(e^u + 2) = position
        u *= exp((position - log(u) - log(exp(u) + 2)) / (1 + u / (1 + 2 * exp(-u))))
    beta = 1 / (exp(u) + 2)
    unchanged = 1 / (1 + 2 * exp(-u))
    ratio = 2 * exp(-u)
    rounded = 1 + ratio  # ln(1 + ratio) to all digits where ratio is small
    entropy = 2 * beta * u + np.where(rounded > 1, log(rounded) * ratio / np.maximum(rounded - 1, ratio / 2), ratio)
    growth = u / (1 + u * unchanged)
    entropy_slope = -2 * u * beta * unchanged * growth
    return np.column_stack([entropy, entropy_slope]), np.column_stack([u, growth])


def solve(fisher: ArrayLike, message_nats: float) -> Solution:
    """Change probabilities of least detectability that carry a message.

    Solves lambda I beta = ln((1 - 2 beta) / beta) for every element, at the lambda where the ternary
    entropies sum to the message.

    Parameters
    ----------
    fisher : float [height, width]
        Positive; inf where nothing may be changed.
    message_nats : float
        Length of the message in nats (bits x ln 2).

    Returns
    -------
    Solution
        With equal probabilities of +1 and -1.

    Raises
    ------
    EmbedderError
        Fisher information that is not positive, or a message that is not positive or exceeds the capacity of ln 3
        nats an element.

    Source: Cogranne, Giboulot, Bas: Steganography by minimizing statistical detectability: the cases of JPEG and color
    images. IH&MMSec 2020.
    """
    information = np.ascontiguousarray(fisher, np.float64)
    if not np.all(information > 0):
        raise EmbedderError(
            f"fisher: expected positive numbers, got {np.sum(~(information > 0))} others of {information.size}: "
            "pass what fisher_information returns"
        )
    log_fisher = elementary.log(information).ravel()
    usable = log_fisher[log_fisher < np.inf]
    capacity = usable.size * LN3
    if not 0 < message_nats < capacity:
        raise EmbedderError(
            f"message: expected more than 0 and less than the capacity of {capacity:.1f} nats, got {message_nats}: "
            "choose another payload, or leave this cover out"
        )
    log_lam = find_log_lambda(usable, float(message_nats))
    beta, entropy = _exact_probabilities(log_fisher, log_lam)
    if abs(entropy - message_nats) > TOLERANCE * message_nats:
        raise EmbedderError(
            f"message: expected change probabilities that carry {message_nats} nats, found {entropy}: "
            "the message is too short or too close to the capacity; choose another payload"
        )
    beta = beta.reshape(information.shape)
    return Solution(beta, beta, entropy / LN2, float(elementary.exp(log_lam)))


def _exact_probabilities(log_fisher: NDArray[np.float64], log_lam: float) -> tuple[NDArray[np.float64], float]:
    """Change probabilities of every element (1-D), and the sum of their entropies in nats."""
    u, target, beta = (np.empty_like(log_fisher) for _ in range(3))
    _kernels_gaussian.interpolated(log_fisher, log_lam, knots()[1], FIRST, STEP, u, target)
    partitions = np.empty(-(-u.size // _kernels_gaussian.FACTORS))
    mean = _kernels_gaussian.exact_probabilities(u, elementary.exp(u), elementary.exp(target), beta, partitions)
    return beta, mean + float(elementary.log(partitions).sum())


def find_log_lambda(usable: NDArray[np.float64], message_nats: float) -> float:
    """Find ln lambda by Newton's method on (ln lambda, ln entropy), inside a bracket; `usable` is ln I, not wet."""
    entropies = knots()[0]
    share = message_nats / usable.size
    # where a single element carries the mean share; with the largest I there all carry more, with the smallest less
    even = np.interp(-share, -entropies[:, 0], FIRST + STEP * np.arange(len(entropies)))
    bracket = even - usable.max() - STEP, even - usable.min() + STEP
    guess = even - usable.mean()
    for part in (usable[::SAMPLING].copy(), usable):  # the sample only brings the guess near
        low, high = bracket
        for _ in range(100):
            entropy, slope = _kernels_gaussian.interpolated_entropy(part, guess, entropies, FIRST, STEP)
            excess = entropy / (share * part.size) - 1
            low, high = (guess, high) if excess > 0 else (low, guess)
            if abs(excess) <= 1e-10 or high - low < 1e-13:
                break
            newton = guess - float(elementary.log(1 + excess)) * entropy / slope if slope < 0 < entropy else np.nan
            guess = newton if low < newton < high else (low + high) / 2
    return float(guess)
