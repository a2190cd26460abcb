"""What is seen of each image of a source before its covers are dealt."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from stegdata import history, progress
from stegdata.duplicates import fingerprint
from stegdata.sources import Source


class Survey(NamedTuple):
    """Of each image by its name: `fingerprint` of its pixels, height and width, and what its compression gives away."""

    prints: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    remarks: Mapping[str, str | None]


def look(
    source: Source, images: Collection[str], label: str, *, jpegs: Collection[str], side: int | None, traces: bool
) -> Survey:
    """Read images once, in any order.

    Parameters
    ----------
    source, images, label
        Names of images of a source, which progress calls by a label.
    jpegs : collection of str
        Names of those that are JPEG files.
    side : int or None
        Pixels that the shorter side is resized to; None where images are cropped.
    traces : bool
        Look for former compression: see `stegdata.history.remark`.

    Raises
    ------
    DataError
        After the last image: all that cannot be read.
    """
    prints, shapes, remarks = {}, {}, {}
    for name, pixels in progress.follow(source.read(sorted(images)), label, len(images)):
        prints[name], shapes[name] = fingerprint(pixels), pixels.shape
        if traces:
            reduced = 1 if side is None else min(pixels.shape) / side
            remarks[name] = history.remark(pixels, is_jpeg=name in jpegs, reduced=reduced)
    return Survey(prints, shapes, remarks)
