"""Count the GPUs for a local run without a library, which would take seconds and GPU memory."""

import os
import re
from pathlib import Path


def count() -> int:
    """Count the GPUs that `CUDA_VISIBLE_DEVICES` lists, or those of this machine if it is not set."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([number for number in visible.split(",") if number.strip() not in ("", "-1", "NoDevFiles")])
    return len([path for path in Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name)])
