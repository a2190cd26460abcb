"""Where covers come from: one module a kind of source, behind two functions, `listing` and `read`."""

from pathlib import Path

from stegdata.sources.kinds import GROUPS, KINDS, Kind
from stegdata.sources.source import Listing, Source

__all__ = ["GROUPS", "KINDS", "Kind", "Listing", "Source", "opened"]


def opened(kind: str, path: str | Path | None, *, group: str = "file", size: int = 256) -> Source:
    """Open a source.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    path : path or None
        The archive or folder; None for the sample.
    group : {"file", "folder", "prefix", "patient"}
        For a folder: every file by itself (all frames of it), all files below one top folder together (a patient with
        several series), files alike up to the last underscore, or DICOM files of one PatientID.
    size : int
        Side of the sample's tiles, in pixels.

    Returns
    -------
    Source
    """
    from stegdata.sources.alaska2 import Alaska2
    from stegdata.sources.databases import Database
    from stegdata.sources.folder import Folder
    from stegdata.sources.kaggle import located
    from stegdata.sources.sample import Sample

    if kind == "sample":
        return Sample(size)
    place = Path(path or "")
    if kind == "alaska2":
        return Alaska2(located(place))
    archive = KINDS[kind].archive
    return Folder(place, group) if archive is None else Database(place, archive)
