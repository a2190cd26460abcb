"""Progress of long loops: a bar on a terminal, one line a minute in logs."""

import logging
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
#: Seconds between two lines in a log.
EVERY = 60.0

_log = logging.getLogger(__name__)


def follow(
    items: Iterable[Item], label: str, total: int | None = None, *, unit: str = "image", units: str = ""
) -> Iterator[Item]:
    """Yield items while a terminal shows a bar with images/s and the time left, and logs get a line a minute.

    `label` stands in bar and lines. `total` is by default the length of `items`, if it has one; `units` is the plural
    of `unit` if that is not `unit` with an s.
    """
    total = len(items) if total is None and isinstance(items, Sized) else total
    start = last_line = time.monotonic()
    # disable=None: no bar where stderr is not a terminal
    for done, item in enumerate(tqdm(items, desc=label, total=total, unit=unit, mininterval=1, disable=None), 1):
        yield item
        now = time.monotonic()
        if now - last_line >= EVERY:
            last_line = now
            _log.info(line(label, done, total, now - start, units or f"{unit}s"))


def line(label: str, done: int, total: int | None, seconds: float, units: str = "images") -> str:
    """Return a line of progress: `train-000.h5: 1200 of 4000 images, 310 images/s, 0:09 left`."""
    rate = done / seconds
    if total is None:
        return f"{label}: {done} {units}, {rate:.3g} {units}/s"
    left = tqdm.format_interval((total - done) / rate)
    return f"{label}: {done} of {total} {units}, {rate:.3g} {units}/s, {left} left"
