"""sealwatch, a peer of our feature sets: imported with stand-ins for torch, which only its networks need."""

import sys
import types


class _Anything:
    """Whatever is asked of it; a decorator leaves what it decorates."""

    def __init__(self, *arguments, **options):
        pass

    def __call__(self, *arguments, **options):
        return arguments[0] if arguments and callable(arguments[0]) else self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()


class _StandIn(types.ModuleType):
    """A module in which every name is there: classes where they begin with a capital."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {}) if name[0].isupper() else _Anything()


def sealwatch():
    """The package; ImportError where it is not installed. For a process of its own: others would meet the stand-ins."""
    for name in ("torch", "torch.nn", "torch.nn.functional", "torch.utils", "torch.utils.data", "torchvision"):
        sys.modules.setdefault(name, _StandIn(name))
    sys.modules.setdefault("torchvision.transforms", _StandIn("torchvision.transforms"))
    import sealwatch as package

    return package
