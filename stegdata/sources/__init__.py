"""Sources of covers behind two methods, `listing` and `read`: folders, archives unpacked to folders, the sample."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stegdata.errors import DataError
from stegdata.exclusions import Exclusion
from stegdata.sources.kinds import GROUPS, KINDS, Kind

__all__ = ["GROUPS", "KINDS", "UNPACKED", "Kind", "Listing", "Source", "changed_images", "opened"]

#: Holds a folder of unpacked images for each source whose images are an archive.
UNPACKED = Path("resources/unpacked")


@dataclass(frozen=True)
class Listing:
    """The covers of a source: cover name -> group, sorted by name; exclusions, remarks, files passed over; JPEGs."""

    groups: dict[str, str]
    exclusions: list[Exclusion]
    jpegs: frozenset[str] = frozenset()


class Source(Protocol):
    """A source of covers. Of files that cannot be used, both methods raise one DataError that names them all."""

    def listing(self) -> Listing:
        """List the covers; DataError without images, at two of one name, or if they are not those published."""

    def read(self, names: Sequence[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Yield name and image, uint8 [height, width], of the named covers in any order.

        Raises
        ------
        DataError
            After the last image: covers that are missing, unreadable, or not the published image.
        """


def opened(
    kind: str,
    path: str | Path | None,
    *,
    group: str = "file",
    size: int = 256,
    unpack_to: str | Path = UNPACKED / "images",
) -> Source:
    """Open a source, one of `KINDS`; an archive is unpacked first, to a folder for it alone.

    `path` is the archive or folder, None for the sample, whose tiles are `size` pixels wide. `group` says which images
    stay together: every file by itself (all frames of it), all files below one top folder (a patient with several
    series), files alike up to the last underscore ("prefix"), or DICOM files of one PatientID.
    """
    from stegdata.sources.alaska2 import Alaska2
    from stegdata.sources.archives import unpack
    from stegdata.sources.folder import Folder
    from stegdata.sources.kaggle import located
    from stegdata.sources.sample import Sample

    facts = KINDS[kind]
    if facts.path == "none":
        return Sample(size)
    folder = located(path or "") if facts.competition else Path(path or "")
    if not folder.exists():
        raise nothing(folder)
    passed_over: Counter[str] = Counter()
    is_archive = not folder.is_dir()
    if is_archive:
        folder, passed_over = unpack(folder, Path(unpack_to))
    if facts.stego_folders:
        return Alaska2(folder, passed_over)
    return Folder(folder, group, published=facts.archive, passed_over=passed_over, unpacked=is_archive)


def nothing(path: Path) -> DataError:
    """Return the error of a path without folder or archive."""
    return DataError(f"{path}: expected an archive or a folder of images, found nothing: check `path` in config.yaml")


def changed_images(source_entry: Mapping[str, Any], name: str, results: Path) -> Iterator[tuple[str, str]]:
    """Compare a user's own images with the hashes of their pixels in `covers/<source>/pixels.tsv`.

    Planning looks at names, sizes and times only, and misses an image replaced by another of the same size and time.

    Parameters
    ----------
    source_entry : mapping
        Entry `name` of the sources in config.yaml: `kind`, `path` and `tiles`.
    results : Path
        Folder of the results.

    Yields
    ------
    image, reason : str
        Images (or files) that are missing, unreadable or changed. None of a source without `path`, or whose path is
        gone, as covers that were made stay good, or that was not split yet.
    """
    from stegdata import duplicates
    from stegdata.folders import Faults
    from stegdata.tiles import by_image

    path, table = source_entry.get("path"), Path(results) / "covers" / name / "pixels.tsv"
    if not path or not Path(path).exists() or not table.exists():
        return
    prints = duplicates.read(table)
    images = by_image(prints, source_entry.get("tiles", 1))
    faults = Faults()
    with faults.of(path):
        for image, pixels in opened(source_entry["kind"], path, unpack_to=UNPACKED / name).read(list(images)):
            if duplicates.fingerprint(pixels) != prints[next(iter(images[image]))]:
                yield image, "its pixels are not those that were split and embedded"
    yield from sorted(faults.reasons.items())
