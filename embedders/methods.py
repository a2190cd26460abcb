"""What each embedder does with a cover; loading this module loads the compiled kernels."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders import jmipod, jpeg, juniward, spatial, suniward, uerd, wow
from embedders.gaussian import Gaussian
from embedders.interface import EmbedderError
from embedders.simulate import Simulator, Ternary

Costs = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Method:
    """An embedder's two functions; both take a checked cover, of the JPEG domain with its quantization table.

    Attributes
    ----------
    costs : callable
        Costs of +1 and of -1, float64 [height, width], `inf` where wet. EmbedderError of an embedder without costs.
    simulator : callable
        The simulator of this cover, for any payload.
    """

    costs: Callable[..., Costs]
    simulator: Callable[..., Simulator]


def additive(costs: Callable[..., Costs]) -> Method:
    """A method that minimises the sum of these costs."""

    def simulator(*cover: NDArray[Any]) -> Ternary:
        return Ternary(*costs(*cover))

    return Method(costs, simulator)


def symmetric(cost: Callable[..., NDArray[np.float64]], wet: Callable[..., Costs]) -> Method:
    """A method with one cost for +1 and -1, but for elements at the end of their range, which `wet` knows."""

    def costs(*cover: NDArray[Any]) -> Costs:
        return wet(cover[0], cost(*cover))

    return additive(costs)


def gaussian(name: str, fisher_information: Callable[..., NDArray[np.float64]]) -> Method:
    """A method that works on the Fisher information of every element, `inf` where it must not change."""

    def no_costs(*cover: NDArray[Any]) -> Costs:
        raise EmbedderError(
            f"{name} works on probabilities, not on costs: expected another embedder, or use "
            f"embedders.{name}.fisher_information"
        )

    def simulator(*cover: NDArray[Any]) -> Gaussian:
        return Gaussian(fisher_information(*cover))

    return Method(no_costs, simulator)


METHODS = MappingProxyType(
    {
        "suniward": symmetric(suniward.cost, spatial.wet),
        "wow": symmetric(wow.cost, spatial.wet),
        "juniward": symmetric(juniward.cost, jpeg.wet),
        "juniward-original": symmetric(juniward.original_cost, jpeg.wet),
        "uerd": symmetric(uerd.cost, jpeg.wet),
        "jmipod": gaussian("jmipod", jmipod.wet_information),
    }
)
