"""What each embedder does with a cover; loading this module loads the compiled kernels."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders import ebs, hill, hugo, jmipod, jpeg, juniward, lsbm, mipod, nsf5, spatial, suniward, ued, uerd, wow
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


def without_costs(name: str, simulator: Callable[..., Simulator], instead: str) -> Method:
    """A method that works on probabilities from the start; `instead` says what its users may look at."""

    def no_costs(*cover: NDArray[Any]) -> Costs:
        raise EmbedderError(f"{name} works on probabilities, not on costs: expected another embedder, or use {instead}")

    return Method(no_costs, simulator)


def _jmipod(*cover: NDArray[Any]) -> Gaussian:
    return Gaussian(jmipod.wet_information(*cover))


PROBABILITIES = "embedders.change_probabilities"


METHODS = MappingProxyType(
    {
        "suniward": symmetric(suniward.cost, spatial.wet),
        "wow": symmetric(wow.cost, spatial.wet),
        "hill": symmetric(hill.cost, spatial.wet),
        "mipod": without_costs("mipod", mipod.Pixels, "embedders.mipod.fisher_information"),
        "hugo": additive(hugo.costs),
        "lsbm": symmetric(lsbm.cost, spatial.wet),
        "lsbm-binary": without_costs("lsbm-binary", lsbm.Binary, PROBABILITIES),
        "juniward": symmetric(juniward.cost, jpeg.wet),
        "juniward-original": symmetric(juniward.original_cost, jpeg.wet),
        "uerd": symmetric(uerd.cost, jpeg.wet),
        "jmipod": without_costs("jmipod", _jmipod, "embedders.jmipod.fisher_information"),
        "nsf5": without_costs("nsf5", nsf5.NonShrinking, PROBABILITIES),
        "ued": additive(ued.costs),
        "ebs": Method(ebs.costs, ebs.Binary),
    }
)
