"""Fetch an archive: mirrors in turn, a temporary file until it is whole."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pooch
import requests

from stegdata.errors import DataError
from stegdata.files import atomic_write

#: Seconds without an answer or a byte after which a mirror is given up.
TIMEOUT = 60


def fetch(path: Path, urls: Sequence[str], *, source: str) -> None:
    """Download the first of several mirrors that answers with an archive.

    Parameters
    ----------
    path : Path
        Where the archive lands, whole or not at all.
    urls : sequence of str
        Mirrors in order.
    source : str
        Named in errors.

    Raises
    ------
    DataError
        If no mirror gave an archive; it says what each answered and how to do without a download. If the file cannot
        be written.
    """
    failures = []
    for url in urls:
        try:
            with atomic_write(path) as temporary:
                _download(url, temporary)
            return
        except DataError:  # no room for the file: another mirror does not help
            raise
        except ValueError as error:
            failures.append(f"{url}: {error}")
    raise DataError(
        f"{path}: expected source {source} from {len(urls)} mirrors, got none ({'; '.join(failures)}): download it by "
        f"other means and name it under sources.{source}.path in config.yaml"
    )


def _download(url: str, path: Path) -> None:
    """Write what a mirror answers; ValueError if it breaks off or is no archive."""
    # a server must not unpack what it sends; one that labels a .tgz as compressed is unpacked here to a plain tar
    headers = {"Accept-Encoding": "identity"}
    download = pooch.HTTPDownloader(progressbar=True, chunk_size=2**20, timeout=TIMEOUT, headers=headers)
    try:
        download(url, str(path), None)
    except requests.RequestException as error:  # an OSError, which would pass for one of the disk
        raise ValueError(str(error)) from error
    if reason := _not_an_archive(path):
        raise ValueError(reason)


def _not_an_archive(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"PK\x03\x04"):
        return None if zipfile.is_zipfile(path) else "the answer is a zip archive that breaks off"
    if start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")) or start[257:262] == b"ustar":
        return None
    if b"<html" in start.lower() or b"<!doctype" in start.lower():
        return "the answer is an HTML page, not an archive"
    return f"the answer of {path.stat().st_size} bytes is no zip, tar, gzip, bzip2 or xz archive"
