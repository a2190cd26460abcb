"""Download of an archive over HTTP: resumed where it broke off, mirrors in turn, whole or not at all."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
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
    """Bytes that one mirror sent: `.<name>.<hash of the mirror>.part`; a JSON beside it has length and validators."""

    def __init__(self, path: Path, url: str) -> None:
        """Continue with the bytes that an earlier run left."""
        self.path, self.url = path, url
        self.file = path.with_name(f".{path.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part")
        self.notes = self.file.with_name(f"{self.file.name}.json")
        #: Whether the file is put together from more than one answer; bytes of the whole file, if the mirror sent them.
        self.resumed, self.total = self.size() > 0, None
        self.validators: dict[str, str] = {}
        with suppress(OSError, ValueError, KeyError, TypeError):
            notes = json.loads(self.notes.read_text(encoding="utf-8"))
            self.total, self.validators = notes["total"], notes["validators"]

    def size(self) -> int:
        """Return the number of bytes that have arrived."""
        return self.file.stat().st_size if self.file.is_file() else 0

    def clear(self) -> None:
        """Remove all of it."""
        self.file.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)
        self.total, self.resumed, self.validators = None, False, {}

    def range_headers(self) -> dict[str, str]:
        """Return headers that request the rest; none if nothing identifies the file, which is then removed."""
        tag, date = (self.validators.get(name) for name in VALIDATORS)
        validator = date if tag is None or tag.startswith("W/") else tag  # only a strong tag is sure
        if not self.size() or validator is None or (self.total is not None and self.size() > self.total):
            self.clear()
            return {}
        return {"Range": f"bytes={self.size()}-", "If-Range": validator}

    def begin(self, response: requests.Response) -> bool:
        """Prepare for an answer's content: append or start over; False if it is of another file or range."""
        validators = {name: response.headers[name] for name in VALIDATORS if name in response.headers}
        if response.status_code == requests.codes.partial_content:
            match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != self.size():
                return False
            total = self.total if match[2] == "*" else int(match[2])
            # servers that ignore If-Range send the rest of another file
            if validators.items() - self.validators.items() or self.total not in (None, total):
                return False
            self.total, self.resumed = total, True
            return True
        self.clear()
        length = response.headers.get("Content-Length", "")
        self.total = int(length) if length.isascii() and length.isdigit() else None
        self.validators = validators
        with atomic_write(self.notes) as temporary:  # before the first byte
            temporary.write_text(json.dumps({"total": self.total, "validators": validators}), encoding="utf-8")
        return True


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
    """Download the first of several mirrors that has a whole archive to `path`, which appears whole or not at all.

    Bytes that arrived are kept, also after kill -9: the next call resumes if the mirror still has the same file (ETag
    or Last-Modified) and accepts a range, else it starts over. A request is repeated after a break, with pauses as of
    `BACKOFF` or `Retry-After`. Of two calls for one file the second waits for the first. `room` is the approximate size
    in bytes, for mirrors that do not send one; `size`, `md5` and `sha256` are of the archive, where known; `source` and
    `manual`, how to get it without a download, are for errors. `log` is called with each message.

    Raises
    ------
    DataError
        No mirror has the archive: with the answer of each. A full disk, or a file that cannot be written.
    """
    path = Path(path)
    lock, waited = filelock.FileLock(path.with_name(f".{path.name}.lock")), False  # which a killed process loses
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            log(f"another run fetches {path.name}: waiting for it")
            lock.acquire()
            waited = True
    except OSError as error:
        raise DataError(f"{path}: expected to write this file, got {error.strerror}: check its folder") from error
    failures = []
    try:
        if waited and path.exists():
            log(f"{path.name} was fetched by another run")
            return
        with _session() as session:
            for url in urls:
                partial = Partial(path, url)
                try:
                    _complete(session, partial, room, size, {"md5": md5, "sha256": sha256}, log)
                except _UnusableError as error:
                    failures.append(f"{url}: {error}")
                    log(failures[-1])
                    continue
                publish(partial.file, path)
                for mirror in urls:
                    Partial(path, mirror).clear()
                return
    finally:
        lock.release()
    raise DataError(
        f"{path}: expected source {source} from {len(urls)} mirrors, got none ({'; '.join(failures)}): {manual}, and "
        f"name it under sources.{source}.path in config.yaml"
    )


def _session() -> requests.Session:
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
    session = requests.Session()
    session.max_redirects = REDIRECTS
    session.mount("http://", HTTPAdapter(max_retries=retry))
    session.mount("https://", HTTPAdapter(max_retries=retry))
    return session


def _complete(
    session: requests.Session,
    partial: Partial,
    room: int,
    size: int | None,
    hashes: Mapping[str, str | None],
    log: Callable[[str], None],
) -> None:
    """Request the rest until the file is whole; each byte that arrives renews the patience."""
    idle = 0
    while True:
        before = partial.size()
        try:
            if partial.total is None or before != partial.total:
                _request(session, partial, room, size, log)
        except _BrokenOffError as error:
            idle = 1 if partial.size() > before else idle + 1
            if idle > RETRIES:
                raise _UnusableError(f"{error}, {RETRIES} times without a byte gained") from error
            log(f"{partial.url}: {error}; asking again from byte {partial.size():,}")
            time.sleep(min(BACKOFF * 2 ** (idle - 1), LONGEST_PAUSE))
            continue
        reason, resumed = _fault(partial.file, size, hashes), partial.resumed
        if reason is None:
            return
        partial.clear()
        if not resumed:
            raise _UnusableError(reason)
        log(f"{partial.url}: {reason}, after it was resumed; once more from the start")


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
            archives.check_room(
                partial.path,
                partial.path.parent,
                (partial.total or room) - partial.size(),
                "for the rest of the download",
            )
            _receive(partial, response.raw)
    except requests.RequestException as error:
        reason = " ".join(str(error).split())
        gone = isinstance(error, requests.ConnectionError) and not isinstance(error, requests.exceptions.SSLError)
        if gone and partial.size():  # a host that sent some bytes may be back in a minute
            raise _BrokenOffError(f"the connection broke ({reason})") from error
        raise _UnusableError(reason) from error
    except (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
        raise _BrokenOffError(f"the connection broke ({' '.join(str(error).split())})") from error
    except OSError as error:  # of the disk
        raise DataError(
            f"{partial.path}: expected to write this file, got {error.strerror or error} after {partial.size():,} "
            "bytes: free space, and run again to resume"
        ) from error
    if partial.total is not None and partial.size() < partial.total:
        raise _BrokenOffError(f"the connection broke at byte {partial.size():,} of {partial.total:,}")


def _receive(partial: Partial, raw: urllib3.HTTPResponse) -> None:
    """Append the content of an answer, after a look at its first bytes; what fits on a full disk is kept."""
    # read1 returns the bytes that have arrived: a full piece would be lost with the connection
    pieces = iter(lambda: raw.read1(_PIECE, decode_content=False), b"")
    if not partial.size():
        start = raw.read(_START, decode_content=False)
        if b"<html" in start.lower() or b"<!doctype" in start.lower():
            raise _UnusableError(_PAGE)
        if not archives.begins(start):
            raise _UnusableError(
                f"the answer, of {len(start)} bytes or more, is no zip, tar, gzip, bzip2 or xz archive"
            )
        pieces = chain([start], pieces)
    progress = tqdm(desc=partial.path.name, total=partial.total, initial=partial.size(), unit="B", unit_scale=True)
    with progress, partial.file.open("ab", buffering=0) as file:
        for piece in pieces:
            left = memoryview(piece)
            while left:
                left = left[file.write(left) :]
            progress.update(len(piece))


def _fault(file: Path, size: int | None, hashes: Mapping[str, str | None]) -> str | None:
    """Return why a file is not the expected archive, or no whole archive of images."""
    if size not in (None, file.stat().st_size):
        return f"expected {size:,} bytes, got {file.stat().st_size:,}"
    for name, expected in hashes.items():
        with file.open("rb") as stream:
            digest = expected and hashlib.file_digest(stream, name).hexdigest()
        if digest != expected:
            return f"expected {name} {expected}, got {digest}"
    try:
        archives.check(file)
    except DataError as error:
        return str(error).replace(str(file), "the answer").removesuffix(": fetch it again")
    return None
