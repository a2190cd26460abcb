"""Download of an archive over HTTP: resumed where it broke off, mirrors in turn, whole or not at all."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Sequence
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
from stegdata.files import atomic_write, publish, sha256
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


def fetch(
    path: Path,
    urls: Sequence[str],
    *,
    source: str,
    manual: str = "download it by other means",
    room: int = 0,
    size: int | None = None,
    digest: str | None = None,
    log: Callable[[str], None] = lambda _: None,
) -> None:
    """Download the first of several mirrors that has a whole archive to `path`, which appears whole or not at all.

    Bytes that arrived are kept, also after kill -9: the next call resumes if the mirror still has the same file (ETag
    or Last-Modified) and accepts a range, else it starts over. A request is repeated after a break, with pauses as of
    `BACKOFF` or `Retry-After`. Of two calls for one file the second waits for the first. `room` is the approximate size
    in bytes, for mirrors that do not send one; `size` and `digest`, sha256, are of the archive, where known; `source`
    and `manual`, how to get it without a download, are for errors. `log` is called with each message.

    Raises
    ------
    DataError
        No mirror has the archive: with the answer of each. A full disk, or a file that cannot be written.
    """
    path, failures = Path(path), []
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
    try:
        if waited and path.exists():
            log(f"{path.name} was fetched by another run")
            return
        for url in urls:
            partial = Partial(path, url, room, size, digest, log)
            try:
                partial.complete()
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


class Partial:
    """Bytes that one mirror sent: `.<name>.<hash of the mirror>.part`; a JSON beside it has length and validators."""

    def __init__(
        self,
        path: Path,
        url: str,
        room: int = 0,
        size: int | None = None,
        digest: str | None = None,
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Continue with the bytes that an earlier run left; arguments are those of `fetch`."""
        self.path, self.url, self._room, self._size, self._digest, self._log = path, url, room, size, digest, log
        self.file = path.with_name(f".{path.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part")
        self.notes = self.file.with_name(f"{self.file.name}.json")
        #: Whether the file is put together from more than one answer; bytes of the whole file, if the mirror sent them.
        self._resumed, self._total = self.size() > 0, None
        self._validators: dict[str, str] = {}
        with suppress(OSError, ValueError, KeyError, TypeError):
            notes = json.loads(self.notes.read_text(encoding="utf-8"))
            self._total, self._validators = notes["total"], notes["validators"]

    def size(self) -> int:
        """Return the number of bytes that have arrived."""
        return self.file.stat().st_size if self.file.is_file() else 0

    def clear(self) -> None:
        """Remove all of it."""
        self.file.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)
        self._total, self._resumed, self._validators = None, False, {}

    def complete(self) -> None:
        """Request the rest until the file is whole; each byte that arrives renews the patience."""
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
            session.mount("http://", HTTPAdapter(max_retries=retry))
            session.mount("https://", HTTPAdapter(max_retries=retry))
            while True:
                before = self.size()
                try:
                    if self._total is None or before != self._total:
                        self._request(session)
                except _BrokenOffError as error:
                    idle = 1 if self.size() > before else idle + 1
                    if idle > RETRIES:
                        raise _UnusableError(f"{error}, {RETRIES} times without a byte gained") from error
                    self._log(f"{self.url}: {error}; asking again from byte {self.size():,}")
                    time.sleep(min(BACKOFF * 2 ** (idle - 1), LONGEST_PAUSE))
                    continue
                fault, resumed = self._fault(), self._resumed
                if fault is None:
                    return
                self.clear()
                if not resumed:
                    raise _UnusableError(fault)
                self._log(f"{self.url}: {fault}, after it was resumed; once more from the start")

    def _request(self, session: requests.Session) -> None:
        """Request the file once, or the rest of it."""
        # content that a server compresses for transport is not its file; a .tgz labelled as compressed stays as it is
        headers = {"Accept-Encoding": "identity"} | self._range()
        try:
            with session.get(self.url, headers=headers, stream=True, timeout=TIMEOUTS) as response:
                if response.status_code == requests.codes.requested_range_not_satisfiable:
                    self.clear()
                    raise _BrokenOffError("the file changed, the mirror has no such range")
                response.raise_for_status()
                if self.size() and response.headers.get("Content-Type", "").startswith("text/html"):
                    raise _UnusableError(_PAGE)  # of a host under repair, say: its bytes are kept
                if not self._begin(response):
                    self.clear()
                    raise _BrokenOffError("the file changed, or another range came")
                if self._size is not None and self._total not in (None, self._size):
                    raise _UnusableError(f"expected {self._size:,} bytes, got an answer of {self._total:,}")
                needed = (self._total or self._room) - self.size()
                archives.check_room(self.path, self.path.parent, needed, "for the rest of the download")
                self._receive(response.raw)
        except requests.RequestException as error:
            reason = " ".join(str(error).split())
            gone = isinstance(error, requests.ConnectionError) and not isinstance(error, requests.exceptions.SSLError)
            if gone and self.size():  # a host that sent some bytes may be back in a minute
                raise _BrokenOffError(f"the connection broke ({reason})") from error
            raise _UnusableError(reason) from error
        except (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
            raise _BrokenOffError(f"the connection broke ({' '.join(str(error).split())})") from error
        except OSError as error:  # of the disk
            raise DataError(
                f"{self.path}: expected to write this file, got {error.strerror or error} after {self.size():,} bytes: "
                "free space, and run again to resume"
            ) from error
        if self._total is not None and self.size() < self._total:
            raise _BrokenOffError(f"the connection broke at byte {self.size():,} of {self._total:,}")

    def _range(self) -> dict[str, str]:
        """Return headers that request the rest; none if nothing identifies the file, which is then removed."""
        tag, date = map(self._validators.get, VALIDATORS)
        validator = date if tag is None or tag.startswith("W/") else tag  # only a strong tag is sure
        if not self.size() or validator is None or (self._total is not None and self.size() > self._total):
            self.clear()
            return {}
        return {"Range": f"bytes={self.size()}-", "If-Range": validator}

    def _begin(self, response: requests.Response) -> bool:
        """Prepare for an answer's content: append or start over; False if it is of another file or range."""
        validators = {name: response.headers[name] for name in VALIDATORS if name in response.headers}
        if response.status_code == requests.codes.partial_content:
            match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != self.size():
                return False
            total = self._total if match[2] == "*" else int(match[2])
            # servers that ignore If-Range send the rest of another file
            if validators.items() - self._validators.items() or self._total not in (None, total):
                return False
            self._total, self._resumed = total, True
            self._log(f"{self.url}: resumed at byte {self.size():,}")
            return True
        self.clear()
        length = response.headers.get("Content-Length", "")
        self._total = int(length) if length.isascii() and length.isdigit() else None
        self._validators = validators
        with atomic_write(self.notes) as temporary:  # before the first byte
            temporary.write_text(json.dumps({"total": self._total, "validators": validators}), encoding="utf-8")
        return True

    def _receive(self, raw: urllib3.HTTPResponse) -> None:
        """Append the content of an answer, after a look at its first bytes; what fits on a full disk is kept."""
        # read1 returns the bytes that have arrived: a full piece would be lost with the connection
        pieces = iter(lambda: raw.read1(_PIECE, decode_content=False), b"")
        if not self.size():
            start = raw.read(_START, decode_content=False)
            if b"<html" in start.lower() or b"<!doctype" in start.lower():
                raise _UnusableError(_PAGE)
            if not archives.begins(start):
                got = f"the answer, of {len(start)} bytes or more,"
                raise _UnusableError(f"{got} is no zip, tar, gzip, bzip2 or xz archive")
            pieces = chain([start], pieces)
        progress = tqdm(desc=self.path.name, total=self._total, initial=self.size(), unit="B", unit_scale=True)
        with progress, self.file.open("ab", buffering=0) as file:
            for piece in pieces:
                left = memoryview(piece)
                while left:
                    left = left[file.write(left) :]
                progress.update(len(piece))

    def _fault(self) -> str | None:
        """Return why the file is not the expected archive, or no whole archive of images."""
        if self._size not in (None, self.size()):
            return f"expected {self._size:,} bytes, got {self.size():,}"
        if self._digest is not None and (digest := sha256(self.file)) != self._digest:
            return f"expected sha256 {self._digest}, got {digest}"
        try:
            archives.check(self.file)
        except DataError as error:
            return str(error).replace(str(self.file), "the answer").removesuffix(": fetch it again")
        return None
