"""A web server of this machine that answers as real ones do: slow, broken off, changed, without ranges."""

import ssl
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from stegdata.sources import download


@dataclass
class Answer:
    """What a path answers.

    `length` is said in place of the body's (0: none is said), `drop` is the share of the whole body after which each
    answer breaks off, `pause` seconds lie between pieces of `piece` bytes, `then` follows after `times` requests.
    """

    body: bytes = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    ranges: bool = True
    heeds_if_range: bool = True
    length: int | None = None
    drop: float | None = None
    pause: float = 0.0
    piece: int = 2**16
    stuck: bool = False
    times: int = 10**9
    then: "Answer | None" = None


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        host = self.server
        with host.counting:
            host.requests.append((self.path, dict(self.headers)))
            answer = host.answers.get(self.path, Answer(b"<!DOCTYPE html><html>gone</html>", 404))
            answer.times -= 1
            if answer.times == 0 and answer.then:
                host.answers[self.path] = answer.then
        start = self.start_of(answer)
        self.send_response(206 if start else answer.status)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(answer.body) - 1}/{len(answer.body)}")
        length = len(answer.body) - start if answer.length is None else answer.length
        for key, value in ({"Content-Length": length or None} | answer.headers).items():
            if value is not None:
                self.send_header(key, str(value))
        self.end_headers()
        end = len(answer.body) if answer.drop is None else start + int(answer.drop * len(answer.body))
        with suppress(ConnectionError):
            for position in range(start, min(end, len(answer.body)), answer.piece):
                self.wfile.write(answer.body[position : min(position + answer.piece, end)])
                self.wfile.flush()
                time.sleep(answer.pause)
        if answer.stuck:
            host.released.wait(20)

    do_POST = do_GET

    def start_of(self, answer):
        """First byte of the answer: above 0 if a range was asked, is given, and the file is the one that is meant."""
        requested = self.headers.get("Range")
        same = self.headers.get("If-Range") in (None, *answer.headers.values())
        if not answer.ranges or requested is None or (answer.heeds_if_range and not same):
            return 0
        return int(requested.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):  # a client that hangs up, or does not trust the certificate
        pass


@contextmanager
def serve(certificate=None):
    """A running server: `answers`, `requests` it got, `base` address; with a certificate it speaks HTTPS."""
    with Server(("127.0.0.1", 0), Handler) as host:
        host.answers, host.requests, host.counting, host.released = {}, [], threading.Lock(), threading.Event()
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            host.socket = context.wrap_socket(host.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        host.base = f"{scheme}://127.0.0.1:{host.server_port}"
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield host
        host.released.set()
        host.shutdown()
        thread.join()


def make_impatient(monkeypatch):
    """Short pauses and no proxy: a fixture of the tests that fetch."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "BACKOFF", 0.001)
    monkeypatch.setattr(download, "RETRIES", 2)
