"""Covers, splits and shards of stego data sets: files on one side, arrays on the other."""

import lazy_loader

from stegdata.errors import DataError

# on first use: planning a workflow must not load imaging and HDF5 libraries
__getattr__, _, _submodules = lazy_loader.attach(
    __name__,
    ["covers", "files", "folders", "formats", "names", "pairs", "shards", "sources", "splits", "verify"],
    {"formats": ["dicom", "images", "jpeg"]},
)

__all__ = ["DataError", *_submodules]
