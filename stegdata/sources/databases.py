"""Published data bases of images, held to what was published: BOSSBase, BOWS2."""

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from stegdata.errors import DataError
from stegdata.exclusions import passed_over
from stegdata.formats import images
from stegdata.sources import archives
from stegdata.sources.kinds import Archive
from stegdata.sources.source import Listing, check_names, missing, told


class Database:
    """The archive of a published data base, or the folder that it was unpacked to."""

    def __init__(self, path: Path, published: Archive) -> None:
        """Take a place, and what was published."""
        self._path, self._published = Path(path), published

    def listing(self) -> Listing:
        """List the covers, each a group of its own; `stegdata.sources.opened` has the errors."""
        others: Counter[str] = Counter()
        names = check_names(self._path, [_name(member) for member in archives.images(self._path, others, dicom=False)])
        self._check_names(set(names))
        return Listing({name: name for name in names}, passed_over(others))

    def read(
        self, names: Sequence[str], unreadable: dict[str, str] | None = None
    ) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Read the named covers, in the order of the archive."""
        wanted = set(names)
        for member in archives.images(self._path, dicom=False):
            if not wanted:
                return
            if (name := _name(member)) in wanted:
                wanted.remove(name)
                with told(member.where, unreadable):
                    image = images.decode(member.where, member.read())
                    self._check_image(name, image)
                    yield name, image
        if wanted:
            raise missing(self._path, wanted)

    def _check_names(self, names: set[str]) -> None:
        count = self._published.count
        if len(names) != count:
            absent = [str(number) for number in range(1, count + 1) if str(number) not in names]
            if 0 < len(absent) < count:
                listed = f" (missing {', '.join(absent[:3])}{', ...' if len(absent) > 3 else ''})"
            else:
                listed = ""
            raise DataError(
                f"{self._path}: expected {count:,} images, found {len(names):,}{listed}: fetch it again, or use `kind: "
                "folder` for a part of a data base"
            )
        if unknown := [name for name in self._published.pixels if name not in names]:
            raise DataError(
                f"{self._path}: expected images named as published, found none named {', '.join(unknown)}: fetch it "
                "again, or use `kind: folder` for images of other names"
            )

    def _check_image(self, name: str, image: NDArray[np.uint8]) -> None:
        side, pixels = self._published.side, self._published.pixels
        if image.shape != (side, side):
            raise DataError(
                f"{self._path}: {name}: expected {side}x{side} pixels, got {image.shape[0]}x{image.shape[1]}: "
                "this is not the published data base"
            )
        if name in pixels and sha256(image.tobytes()).hexdigest() != pixels[name]:
            raise DataError(
                f"{self._path}: {name}: expected the published pixels, got others: this is not the published data base"
            )


def _name(member: archives.Member) -> str:
    return PurePosixPath(member.name).stem
