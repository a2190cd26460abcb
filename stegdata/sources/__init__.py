"""Sources of covers behind two methods, `listing` and `read`: folders, archives unpacked to folders, the sample."""

from collections import Counter
from pathlib import Path

from stegdata.errors import DataError
from stegdata.sources.kinds import GROUPS, KINDS, Kind
from stegdata.sources.source import Listing, Source

__all__ = ["GROUPS", "KINDS", "UNPACKED", "Kind", "Listing", "Source", "opened"]

#: Holds a folder of unpacked images for each source whose images are an archive.
UNPACKED = Path("resources/unpacked")


def opened(
    kind: str,
    path: str | Path | None,
    *,
    group: str = "file",
    size: int = 256,
    unpack_to: str | Path = UNPACKED / "images",
) -> Source:
    """Open a source; an archive is unpacked first.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    path : path or None
        The archive or folder; None for the sample.
    group : {"file", "folder", "prefix", "patient"}
        Images that stay together: every file by itself (all frames of it), all files below one top folder (a
        patient with several series), files alike up to the last underscore, or DICOM files of one PatientID.
    size : int
        Side of the sample's tiles, in pixels.
    unpack_to : path
        Folder for the images of an archive, and for nothing else.

    Returns
    -------
    Source

    Raises
    ------
    DataError
        Nothing at `path`; an archive that cannot be unpacked.
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
    passed_over: Counter[str] | None = None
    if not folder.is_dir():
        folder, passed_over = unpack(folder, Path(unpack_to))
    if facts.precomputed:
        return Alaska2(folder, passed_over)
    return Folder(folder, group, published=facts.archive, passed_over=passed_over)


def nothing(path: Path) -> DataError:
    """Return the error of a path without folder or archive."""
    return DataError(f"{path}: expected an archive or a folder of images, found nothing: check `path` in config.yaml")
