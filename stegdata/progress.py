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
    items: Iterable[Item], what: str, total: int | None = None, *, unit: str = "image", units: str = ""
) -> Iterator[Item]:
    """Yield items while a bar on the terminal shows images/s and the time left, and logs get a line a minute.

    Parameters
    ----------
    items : iterable
        One an image, or whatever `unit` says.
    what : str
        Named in bar and lines.
    total : int, optional
        Items to come; by default the length of `items`, where it has one.
    unit : str
        What an item is, in the singular.
    units : str
        ... and in the plural, where that is not the same with an s.

    Yields
    ------
    object
        The items.
    """
    total = len(items) if total is None and isinstance(items, Sized) else total
    began = told = time.monotonic()
    # disable=None: no bar where stderr is not a terminal
    for done, item in enumerate(tqdm(items, desc=what, total=total, unit=unit, mininterval=1, disable=None), 1):
        yield item
        now = time.monotonic()
        if now - told >= EVERY:
            told = now
            _log.info(line(what, done, total, now - began, units or f"{unit}s"))


def line(what: str, done: int, total: int | None, seconds: float, units: str = "images") -> str:
    """Say how far a loop is: `train-000.h5: 1200 of 4000 images, 310 images/s, 0:09 left`."""
    rate = done / seconds
    if total is None:
        return f"{what}: {done} {units}, {rate:.3g} {units}/s"
    left = tqdm.format_interval((total - done) / rate)
    return f"{what}: {done} of {total} {units}, {rate:.3g} {units}/s, {left} left"
