"""Fetch an archive over HTTP: resumed where it broke off, mirrors in turn, whole or not at all."""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import filelock
import requests
import urllib3
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.util.retry import Retry

from stegdata.errors import DataError
from stegdata.files import publish
from stegdata.sources import archives
from stegdata.sources.partial import Partial

#: Seconds to connect, and seconds without a byte, after which a mirror is asked again.
TIMEOUTS = (20.0, 60.0)
#: Times a mirror is asked again without a byte gained, and seconds between: this, doubled each time.
RETRIES = 6
BACKOFF = 1.0
#: Seconds: no pause is longer, whatever the mirror asks for.
LONGEST_PAUSE = 120
#: Answers that may be others in a moment.
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECTS = 10
#: Bytes that stay free on the disk.
MARGIN = 100_000_000
_PIECE = 2**16
_START = 512
_PAGE = "the answer is an HTML page, not an archive"


class _UnusableError(Exception):
    """This mirror does not give the archive."""


class _BrokenOffError(Exception):
    """This mirror may give the rest, asked again."""


def fetch(
    path: Path,
    urls: Sequence[str],
    *,
    source: str,
    manual: str = "download it by other means",
    room: int = 0,
    size: int | None = None,
    md5: str | None = None,
    sha256: str | None = None,
    log: Callable[[str], None] = lambda _: None,
) -> None:
    """Download the first of several mirrors that gives a whole archive.

    What has arrived stays in `.<name>.<hash of the mirror>.part` beside the archive until it is whole, also after kill
    -9: the next call resumes there, if the mirror still has the same file (ETag or Last-Modified) and takes a range,
    and starts over if not. Of two calls for one file the second waits for the first.

    Parameters
    ----------
    path : Path
        Where the archive lands, whole or not at all.
    urls : sequence of str
        Mirrors in order.
    source : str
        Named in errors.
    manual : str
        How to come by the archive otherwise, for errors.
    room : int
        Bytes it takes on disk, about, for mirrors that do not tell.
    size, md5, sha256 : int or str, optional
        Of the archive, where known.
    log : callable
        Gets a line whenever something is to be known.

    Raises
    ------
    DataError
        If no mirror gave an archive; it says what each answered and how to do without a download. If the disk is full,
        or the file cannot be written.
    """
    path, hashes = Path(path), {"md5": md5, "sha256": sha256}
    with _alone(path, log) as waited:
        if waited and path.exists():
            log(f"{path.name} was fetched by another run")
            return
        failures = []
        for url in urls:
            partial = Partial(path, url)
            try:
                _fill(partial, room, size, log)
                reason = _fault(partial, size, hashes)
                if reason is not None and partial.resumed:
                    log(f"{url}: {reason}, after it was resumed; once more from the start")
                    partial.clear()
                    _fill(partial, room, size, log)
                    reason = _fault(partial, size, hashes)
                if reason is not None:
                    partial.clear()
                    raise _UnusableError(reason)
            except _UnusableError as error:
                failures.append(f"{url}: {error}")
                log(failures[-1])
                continue
            publish(partial.file, path)
            for mirror in urls:
                Partial(path, mirror).clear()
            return
    raise DataError(
        f"{path}: expected source {source} from {len(urls)} mirrors, got none ({'; '.join(failures)}): {manual}, and "
        f"name it under sources.{source}.path in config.yaml"
    )


@contextmanager
def _alone(path: Path, log: Callable[[str], None]) -> Iterator[bool]:
    """Hold the lock of a file, which a killed process loses; yield whether another had it first."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))
        try:
            lock.acquire(timeout=0)
            waited = False
        except filelock.Timeout:
            log(f"another run fetches {path.name}: waiting for it")
            lock.acquire()
            waited = True
    except OSError as error:
        raise DataError(
            f"{path}: expected to write this file, got {error.strerror or error}: check its folder"
        ) from error
    try:
        yield waited
    finally:
        lock.release()


def _retry() -> Retry:
    return Retry(
        total=RETRIES,
        connect=2,  # a host that is down stays down
        other=0,  # such as a certificate that is not trusted
        status_forcelist=BUSY,
        backoff_factor=BACKOFF,
        backoff_max=LONGEST_PAUSE,
        retry_after_max=LONGEST_PAUSE,
        raise_on_status=False,
    )


def _fill(partial: Partial, room: int, size: int | None, log: Callable[[str], None]) -> None:
    """Ask one mirror until the file is whole; each piece that arrives renews its patience."""
    retry = _retry()
    with requests.Session() as session:
        session.max_redirects = REDIRECTS
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        while True:
            before = partial.size()
            try:
                _ask(session, partial, room, size, log)
                return
            except _BrokenOffError as error:
                retry = _retry() if partial.size() > before else retry
                try:
                    retry = retry.increment("GET", partial.url, error=urllib3.exceptions.ProtocolError(str(error)))
                except urllib3.exceptions.MaxRetryError:
                    raise _UnusableError(f"{error}, {RETRIES} times without a byte gained") from error
                log(f"{partial.url}: {error}; asking again from byte {partial.size():,}")
                retry.sleep()


def _ask(session: requests.Session, partial: Partial, room: int, size: int | None, log: Callable[[str], None]) -> None:
    """Ask once, for the rest if some is there."""
    if partial.is_complete():
        return
    # what a server packs for the way would not be what it has; a .tgz labelled as packed for the way is kept as it is
    headers = {"Accept-Encoding": "identity"} | partial.range_headers()
    try:
        with session.get(partial.url, headers=headers, stream=True, timeout=TIMEOUTS) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                partial.clear()
                raise _BrokenOffError("the file changed, the mirror has no such range")
            response.raise_for_status()
            if partial.size() and response.headers.get("Content-Type", "").startswith("text/html"):
                raise _UnusableError(_PAGE)  # of a host under repair, say: what it gave is kept
            if not partial.begin(response):
                partial.clear()
                raise _BrokenOffError("the file changed, or another range came")
            if partial.start:
                log(f"{partial.url}: resumed at byte {partial.start:,}")
            _check_size(partial, room, size)
            _receive(partial, response.raw)
    except requests.RequestException as error:
        reason = " ".join(str(error).split())
        gone = isinstance(error, requests.ConnectionError) and not isinstance(error, requests.exceptions.SSLError)
        if gone and partial.size():  # a host that gave something may be back in a minute
            raise _BrokenOffError(f"the connection broke ({reason})") from error
        raise _UnusableError(reason) from error
    except (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
        raise _BrokenOffError(f"the connection broke ({' '.join(str(error).split())})") from error
    if partial.total is not None and partial.size() < partial.total:
        raise _BrokenOffError(f"the connection broke at byte {partial.size():,} of {partial.total:,}")


def _check_size(partial: Partial, room: int, size: int | None) -> None:
    """The mirror has the file that is meant, and the disk has room for it."""
    if size is not None and partial.total not in (None, size):
        raise _UnusableError(f"expected {size:,} bytes, got an answer of {partial.total:,}")
    needed = (partial.total or room) - partial.size() + MARGIN
    free = shutil.disk_usage(partial.path.parent).free
    if free < needed:
        raise DataError(
            f"{partial.path}: expected {needed / 1e9:.1f} GB free for the rest of the download, got {free / 1e9:.1f}: "
            "free some, or make `resources` a link to a larger disk"
        )


def _receive(partial: Partial, raw: urllib3.HTTPResponse) -> None:
    """Append what comes, and look at its start as soon as it is there."""
    looked = partial.size() >= _START
    # read1 gives what has arrived: a full piece would be lost with the connection
    pieces = iter(lambda: raw.read1(_PIECE, decode_content=False), b"")
    with tqdm(
        desc=partial.path.name, total=partial.total, initial=partial.size(), unit="B", unit_scale=True, mininterval=1
    ) as bar:
        for size in partial.append(pieces):
            bar.update(size)
            if not looked and partial.size() >= _START:
                looked = True
                if reason := _not_an_archive(partial.file):
                    partial.clear()
                    raise _UnusableError(reason)


def _fault(partial: Partial, size: int | None, hashes: Mapping[str, str | None]) -> str | None:
    """Why the file is not the archive that is meant, or no whole archive of images."""
    if reason := _not_an_archive(partial.file):
        return reason
    if size not in (None, partial.size()):
        return f"expected {size:,} bytes, got {partial.size():,}"
    for name, expected in hashes.items():
        if expected is not None:
            with partial.file.open("rb") as file:
                found = hashlib.file_digest(file, name).hexdigest()
            if found != expected:
                return f"expected {name} {expected}, got {found}"
    try:
        archives.check(partial.file)
    except DataError as error:
        return str(error).replace(str(partial.file), "the answer").removesuffix(": fetch it again")
    return None


def _not_an_archive(path: Path) -> str | None:
    """Why a file does not even begin like an archive."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")) or start[257:262] == b"ustar":
        return None
    if b"<html" in start.lower() or b"<!doctype" in start.lower():
        return _PAGE
    return f"the answer, of {size} bytes or more, is no zip, tar, gzip, bzip2 or xz archive"
