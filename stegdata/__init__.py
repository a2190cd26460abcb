"""Covers, splits and shards of stego data sets: files on one side, arrays on the other."""

import importlib
from types import ModuleType

from stegdata.errors import DataError

__all__ = [
    "DataError",
    "alaska2",
    "archives",
    "cards",
    "changes",
    "covers",
    "databases",
    "download",
    "files",
    "images",
    "jpeg",
    "kaggle",
    "names",
    "pairs",
    "remarks",
    "shards",
    "sources",
    "splits",
    "tiles",
    "verify",
]


def __getattr__(name: str) -> ModuleType:
    """Load a submodule on first use: planning a workflow must not load imaging and HDF5 libraries."""
    if name in __all__:
        return importlib.import_module(f"stegdata.{name}")
    raise AttributeError(f"module 'stegdata' has no attribute {name!r}")
