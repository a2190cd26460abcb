"""Functions of each embedder; loading this module loads the compiled kernels."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from embedders import ebs, hill, hugo, jmipod, juniward, lsbm, mipod, nsf5, suniward, ued, uerd, wow
from embedders.simulate import Simulator

Costs = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Method:
    """Functions of an embedder; each takes a checked cover, of the JPEG domain with its quantization table.

    Attributes
    ----------
    costs : callable or None
        Costs of +1 and of -1, float64 [height, width], `inf` where wet. Or, of an embedder whose costs are equal and
        only wet at the ends of the range, one such array. None of an embedder that works on probabilities.
    simulator : callable or None
        Simulator of a cover; None where it is the additive one of the costs.
    instead : str
        Function that users of an embedder without costs may call.
    """

    costs: Callable[..., Costs | NDArray[np.float64]] | None
    simulator: Callable[..., Simulator] | None = None
    instead: str = "embedders.change_probabilities"


METHODS = MappingProxyType(
    {
        "suniward": Method(suniward.cost),
        "wow": Method(wow.cost),
        "hill": Method(hill.cost),
        "mipod": Method(None, mipod.Pixels, "embedders.mipod.fisher_information"),
        "hugo": Method(hugo.costs),
        "lsbm": Method(lsbm.cost),
        "lsbm-binary": Method(None, lsbm.Binary),
        "juniward": Method(juniward.cost),
        "juniward-original": Method(juniward.original_cost),
        "uerd": Method(uerd.cost),
        "jmipod": Method(None, jmipod.simulator, "embedders.jmipod.fisher_information"),
        "nsf5": Method(None, nsf5.NonShrinking),
        "ued": Method(ued.costs),
        "ebs": Method(ebs.costs, ebs.Binary),
    }
)
