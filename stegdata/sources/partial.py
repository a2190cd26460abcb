"""What of a download has arrived, beside what tells whether the mirror still has the same file."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from stegdata.errors import DataError
from stegdata.files import atomic_write

VALIDATORS = ("ETag", "Last-Modified")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Partial:
    """The part of a file that one mirror gave.

    Attributes
    ----------
    path : Path
        The file that it is to become.
    url : str
        The mirror.
    file : Path
        What has arrived. Beside it a `.json` holds the mirror's ETag, Last-Modified and length, written first.
    start : int
        Where the request that is under way began.
    total : int or None
        Bytes of the whole, if the mirror told.
    resumed : bool
        Whether the file is put together from more than one answer.
    """

    def __init__(self, path: Path, url: str) -> None:
        """Take up what an earlier run left."""
        self.path, self.url = path, url
        self.file = path.with_name(f".{path.name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part")
        self._notes = self.file.with_name(f"{self.file.name}.json")
        self.start, self.resumed = 0, self.size() > 0
        noted = self._read()
        self.total: int | None = noted.get("total")
        self._validators: dict[str, str] = noted.get("validators", {})

    def _read(self) -> dict:
        try:
            noted = json.loads(self._notes.read_text(encoding="utf-8"))
            return noted if noted["url"] == self.url else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def size(self) -> int:
        """Bytes that have arrived."""
        return self.file.stat().st_size if self.file.is_file() else 0

    def clear(self) -> None:
        """Forget all of it."""
        for file in (self.file, self._notes):
            with suppress(FileNotFoundError):
                file.unlink()
        self.start, self.total, self.resumed, self._validators = 0, None, False, {}

    def is_complete(self) -> bool:
        """Whether all has arrived, though the file has not got its name."""
        return self.total is not None and self.size() == self.total

    def range_headers(self) -> dict[str, str]:
        """Headers that ask for the rest; none where nothing can tell that the file is still the same."""
        tag, date = (self._validators.get(name) for name in VALIDATORS)
        validator = date if tag is None or tag.startswith("W/") else tag  # only a strong tag is sure
        if not self.size() or validator is None or (self.total is not None and self.size() > self.total):
            self.clear()
            return {}
        return {"Range": f"bytes={self.size()}-", "If-Range": validator}

    def begin(self, response: requests.Response) -> bool:
        """Take an answer up: append to what is there, or start over. False if it is of another file or range.

        Raises
        ------
        DataError
            If the notes cannot be written.
        """
        self.start = 0
        if response.status_code == requests.codes.partial_content:
            found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            total = int(found[2]) if found and found[2] != "*" else None
            if found is None or int(found[1]) != self.size() or not self._agrees(response.headers, total):
                return False
            self.start, self.total, self.resumed = self.size(), self.total or total, True
            return True
        self.clear()
        length = response.headers.get("Content-Length", "")
        self.total = int(length) if length.isascii() and length.isdigit() else None
        self._validators = {name: response.headers[name] for name in VALIDATORS if name in response.headers}
        with atomic_write(self._notes) as temporary:
            noted = {"url": self.url, "total": self.total, "validators": self._validators}
            temporary.write_text(json.dumps(noted), encoding="utf-8")
        return True

    def _agrees(self, headers: Mapping[str, str], total: int | None) -> bool:
        """Servers that know no If-Range send the rest of whatever they have now."""
        told = {name: headers[name] for name in VALIDATORS if name in headers}
        same = all(self._validators.get(name) == value for name, value in told.items())
        return same and (total is None or self.total is None or total == self.total)

    def append(self, pieces: Iterable[bytes]) -> Iterator[int]:
        """Write pieces behind what is there, and yield the size of each; what is there stays if the disk is full.

        Raises
        ------
        DataError
            If the file cannot be written.
        """
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
