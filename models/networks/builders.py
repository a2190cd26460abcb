"""The networks by name; loading this module loads TensorFlow."""

from types import MappingProxyType

from models.networks import first_method, xu_net, ye_net, yedroudj_net, zhu_net

BUILDERS = MappingProxyType(
    {
        "xu-net": xu_net.build,
        "ye-net": ye_net.build,
        "yedroudj-net": yedroudj_net.build,
        "zhu-net": zhu_net.build,
        "first-method": first_method.build,
    }
)
