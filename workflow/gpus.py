"""How many GPUs a local run may use; asks no library, which would take seconds and memory of them."""

import os
import re
from pathlib import Path


def count() -> int:
    """GPUs that `CUDA_VISIBLE_DEVICES` names, or, where it is not set, those of this machine."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return len([one for one in named.split(",") if one.strip() not in ("", "-1", "NoDevFiles")])
    return len([path for path in Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name)])
