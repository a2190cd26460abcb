"""Download of an archive over HTTP: resumed where it broke off, mirrors in turn, whole or not at all."""

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

import filelock
import requests
import urllib3
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.util.retry import Retry

from stegdata.errors import DataError
from stegdata.files import atomic_write, publish
from stegdata.sources import archives

#: Seconds to connect, and seconds without a byte, after which the request is repeated.
TIMEOUTS = (20.0, 60.0)
#: Repetitions without a byte gained, and seconds between them: the first pause, doubled each time, and the longest.
RETRIES = 6
BACKOFF = 1.0
LONGEST_PAUSE = 120
#: Statuses of a server that may answer in a moment.
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECTS = 10
#: Bytes that stay free on the disk.
MARGIN = 100_000_000
#: Headers that identify a mirror's file.
VALIDATORS = ("ETag", "Last-Modified")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_PIECE = 2**16
_START = 512
_PAGE = "the answer is an HTML page, not an archive"


class _UnusableError(Exception):
    """This mirror does not have the archive."""


class _BrokenOffError(Exception):
    """This mirror may send the rest if the request is repeated."""


class Partial:
    """The bytes of a file that one mirror sent, `.<name>.<hash of the mirror>.part` beside the file.

    A `.json` beside it holds URL, ETag, Last-Modified and length, and is written first.
    """

    def __init__(self, path: Path, url: str) -> None:
        """Continue with the bytes that an earlier run left."""
        self.path, self.url = path, url
        self.file = path.with_name(f".{path.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part")
        self._notes = self.file.with_name(f"{self.file.name}.json")
        #: Whether the file is put together from more than one answer.
        self.resumed = self.size() > 0
        #: Bytes of the whole file, if the mirror sent them.
        self.total: int | None = None
        self._validators: dict[str, str] = {}
        with suppress(OSError, ValueError, KeyError, TypeError):
            notes = json.loads(self._notes.read_text(encoding="utf-8"))
            if notes["url"] == url:
                self.total, self._validators = notes["total"], notes["validators"]

    def size(self) -> int:
        """Return the number of bytes that have arrived."""
        return self.file.stat().st_size if self.file.is_file() else 0

    def clear(self) -> None:
        """Remove all of it."""
        self.file.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)
        self.total, self.resumed, self._validators = None, False, {}

    def range_headers(self) -> dict[str, str]:
        """Return headers that request the rest; none if nothing identifies the file, which is then removed."""
        tag, date = (self._validators.get(name) for name in VALIDATORS)
        validator = date if tag is None or tag.startswith("W/") else tag  # only a strong tag is sure
        if not self.size() or validator is None or (self.total is not None and self.size() > self.total):
            self.clear()
            return {}
        return {"Range": f"bytes={self.size()}-", "If-Range": validator}

    def begin(self, response: requests.Response) -> bool:
        """Prepare for an answer's content: append or start over; False if it is of another file or range."""
        headers = {name: response.headers[name] for name in VALIDATORS if name in response.headers}
        if response.status_code == requests.codes.partial_content:
            match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != self.size():
                return False
            total = None if match[2] == "*" else int(match[2])
            # servers that ignore If-Range send the rest of another file
            same = all(self._validators.get(name) == value for name, value in headers.items())
            if not same or (total is not None and self.total not in (None, total)):
                return False
            self.total, self.resumed = self.total or total, True
            return True
        self.clear()
        length = response.headers.get("Content-Length", "")
        self.total = int(length) if length.isascii() and length.isdigit() else None
        self._validators = headers
        with atomic_write(self._notes) as temporary:
            notes = {"url": self.url, "total": self.total, "validators": headers}
            temporary.write_text(json.dumps(notes), encoding="utf-8")
        return True

    def append(self, pieces: Iterable[bytes]) -> Iterator[int]:
        """Write pieces, and yield the size of each; if the disk is full, the bytes before it are kept."""
        with self._writing():
            file = self.file.open("ab", buffering=0)
        with file:
            for piece in pieces:
                left = memoryview(piece)
                while left:
                    with self._writing():
                        left = left[file.write(left) :]
                yield len(piece)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"{self.path}: expected to write this file, got {error.strerror or error} after {self.size():,} bytes: "
                "free space, and run again to resume"
            ) from error


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
    """Download the first of several mirrors that has a whole archive.

    The bytes that arrived are kept until the archive is whole, also after kill -9: the next call resumes there, if the
    mirror still has the same file (ETag or Last-Modified) and accepts a range, and starts over if not. A request is
    repeated after a break, with pauses as of `BACKOFF` or `Retry-After`. Of two calls for one file the second waits for
    the first.

    Parameters
    ----------
    path : Path
        The archive, which appears whole or not at all.
    urls : sequence of str
        Mirrors in order.
    source : str
        Name of the source, for errors.
    manual : str
        How to get the archive without a download, for errors.
    room : int
        Approximate bytes on disk, for mirrors that do not send a length.
    size, md5, sha256 : int or str, optional
        Of the archive, where known.
    log : callable
        Called with each message.

    Raises
    ------
    DataError
        No mirror has the archive: with the answer of each, and the way without one. A full disk, or a file that
        cannot be written.
    """
    path, hashes = Path(path), {"md5": md5, "sha256": sha256}
    with _locked(path, log) as waited:
        if waited and path.exists():
            log(f"{path.name} was fetched by another run")
            return
        failures = []
        for url in urls:
            partial = Partial(path, url)
            try:
                _fill_and_check(partial, room, size, hashes, log)
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
def _locked(path: Path, log: Callable[[str], None]) -> Iterator[bool]:
    """Hold the lock of a file, which a killed process loses; yield whether another process held it first."""
    lock, waited = filelock.FileLock(path.with_name(f".{path.name}.lock")), False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
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


def _fill_and_check(
    partial: Partial, room: int, size: int | None, hashes: Mapping[str, str | None], log: Callable[[str], None]
) -> None:
    """Download from one mirror; a file that was resumed and is not the archive is downloaded once more."""
    while True:
        _fill(partial, room, size, log)
        reason = _fault(partial, size, hashes)
        if reason is None:
            return
        resumed = partial.resumed
        partial.clear()
        if not resumed:
            raise _UnusableError(reason)
        log(f"{partial.url}: {reason}, after it was resumed; once more from the start")


def _fill(partial: Partial, room: int, size: int | None, log: Callable[[str], None]) -> None:
    """Request the rest of one mirror until the file is whole; each byte that arrives renews the patience."""
    retry = Retry(
        total=RETRIES,
        connect=2,  # a host that is down stays down
        other=0,  # such as a certificate that is not trusted
        status_forcelist=BUSY,
        backoff_factor=BACKOFF,
        backoff_max=LONGEST_PAUSE,
        retry_after_max=LONGEST_PAUSE,
        raise_on_status=False,
    )
    idle = 0
    with requests.Session() as session:
        session.max_redirects = REDIRECTS
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        while partial.total is None or partial.size() != partial.total:
            before = partial.size()
            try:
                _request(session, partial, room, size, log)
                return
            except _BrokenOffError as error:
                idle = 1 if partial.size() > before else idle + 1
                if idle > RETRIES:
                    raise _UnusableError(f"{error}, {RETRIES} times without a byte gained") from error
                log(f"{partial.url}: {error}; asking again from byte {partial.size():,}")
                time.sleep(min(BACKOFF * 2 ** (idle - 1), LONGEST_PAUSE))


def _request(
    session: requests.Session, partial: Partial, room: int, size: int | None, log: Callable[[str], None]
) -> None:
    """Request the file once, or the rest of it."""
    # content that a server compresses for transport is not its file; a .tgz labelled as compressed stays as it is
    headers = {"Accept-Encoding": "identity"} | partial.range_headers()
    try:
        with session.get(partial.url, headers=headers, stream=True, timeout=TIMEOUTS) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                partial.clear()
                raise _BrokenOffError("the file changed, the mirror has no such range")
            response.raise_for_status()
            if partial.size() and response.headers.get("Content-Type", "").startswith("text/html"):
                raise _UnusableError(_PAGE)  # of a host under repair, say: its bytes are kept
            if not partial.begin(response):
                partial.clear()
                raise _BrokenOffError("the file changed, or another range came")
            if partial.size():
                log(f"{partial.url}: resumed at byte {partial.size():,}")
            if size is not None and partial.total not in (None, size):
                raise _UnusableError(f"expected {size:,} bytes, got an answer of {partial.total:,}")
            _check_room(partial.path, (partial.total or room) - partial.size() + MARGIN)
            _receive(partial, response.raw)
    except requests.RequestException as error:
        reason = " ".join(str(error).split())
        gone = isinstance(error, requests.ConnectionError) and not isinstance(error, requests.exceptions.SSLError)
        if gone and partial.size():  # a host that sent some bytes may be back in a minute
            raise _BrokenOffError(f"the connection broke ({reason})") from error
        raise _UnusableError(reason) from error
    except (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
        raise _BrokenOffError(f"the connection broke ({' '.join(str(error).split())})") from error
    if partial.total is not None and partial.size() < partial.total:
        raise _BrokenOffError(f"the connection broke at byte {partial.size():,} of {partial.total:,}")


def _check_room(path: Path, needed: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise DataError(
            f"{path}: expected {needed / 1e9:.1f} GB free for the rest of the download, got {free / 1e9:.1f}: "
            "free some, or make `resources` a link to a larger disk"
        )


def _receive(partial: Partial, raw: urllib3.HTTPResponse) -> None:
    """Append the content of an answer; check its first bytes before all others."""
    # read1 returns the bytes that have arrived: a full piece would be lost with the connection
    pieces = iter(lambda: raw.read1(_PIECE, decode_content=False), b"")
    if not partial.size():
        start = raw.read(_START, decode_content=False)
        if reason := _not_an_archive(start):
            raise _UnusableError(reason)
        pieces = chain([start], pieces)
    with tqdm(
        desc=partial.path.name, total=partial.total, initial=partial.size(), unit="B", unit_scale=True, mininterval=1
    ) as bar:
        for size in partial.append(pieces):
            bar.update(size)


def _fault(partial: Partial, size: int | None, hashes: Mapping[str, str | None]) -> str | None:
    """Return why the file is not the expected archive, or no whole archive of images."""
    if size not in (None, partial.size()):
        return f"expected {size:,} bytes, got {partial.size():,}"
    for name, expected in hashes.items():
        if expected is not None:
            with partial.file.open("rb") as file:
                digest = hashlib.file_digest(file, name).hexdigest()
            if digest != expected:
                return f"expected {name} {expected}, got {digest}"
    try:
        archives.check(partial.file)
    except DataError as error:
        return str(error).replace(str(partial.file), "the answer").removesuffix(": fetch it again")
    return None


def _not_an_archive(start: bytes) -> str | None:
    """Return why content does not begin like an archive."""
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")) or start[257:262] == b"ustar":
        return None
    if b"<html" in start.lower() or b"<!doctype" in start.lower():
        return _PAGE
    return f"the answer, of {len(start)} bytes or more, is no zip, tar, gzip, bzip2 or xz archive"
