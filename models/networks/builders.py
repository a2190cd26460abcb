"""The networks by name; loading this module loads TensorFlow."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import keras

from models.networks import first_method, gbras_net, srnet, xu_net, ye_net, yedroudj_net, zhu_net
from models.networks.blocks import Options

BUILDERS: Mapping[str, Callable[[Options], keras.Model]] = MappingProxyType(
    {
        "xu-net": xu_net.build,
        "ye-net": ye_net.build,
        "yedroudj-net": yedroudj_net.build,
        "zhu-net": zhu_net.build,
        "srnet": srnet.build,
        "srnet-slim": srnet.build_slim,
        "gbras-net": gbras_net.build,
        "first-method": first_method.build,
    }
)
