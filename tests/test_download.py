"""`stegdata.download` against a server of this machine: answers as they should be, and as they are."""

import io
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stegdata import download, sources
from stegdata.errors import DataError

PAGE = b"<!DOCTYPE html><html><body>The data base has moved.</body></html>"
PIXELS = b"P5\n8 8\n255\n" + bytes(range(64))


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("top/1.pgm", PIXELS)
        archive.writestr("top/filling.bin", bytes(300_000))
    return buffer.getvalue()


def tarred(mode):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        info = tarfile.TarInfo("top/1.pgm")
        info.size = len(PIXELS)
        archive.addfile(info, io.BytesIO(PIXELS))
    return buffer.getvalue()


ZIP, TAR, TGZ = zipped(), tarred("w"), tarred("w:gz")

#: Path -> status, headers, body. Content-Length is that of the body if it is not said.
ANSWERS = {
    "/good.zip": (200, {}, ZIP),
    "/good.tgz": (200, {}, TGZ),
    "/good.tar.bz2": (200, {}, tarred("w:bz2")),
    "/good.tar.xz": (200, {}, tarred("w:xz")),
    "/labelled.tgz": (200, {"Content-Encoding": "x-gzip"}, TGZ),
    "/moved.zip": (302, {"Location": "/good.zip"}, b""),
    "/page.zip": (200, {"Content-Type": "text/html"}, PAGE),
    "/text.zip": (200, {}, b"come back later"),
    "/empty.zip": (200, {}, b""),
    "/cut.zip": (200, {"Content-Length": str(len(ZIP))}, ZIP[:-1000]),
    "/cut.tgz": (200, {"Content-Length": str(len(TGZ))}, TGZ[:-5]),
    "/cut-unnoticed.zip": (200, {"Content-Length": None}, ZIP[:-1000]),
    "/stuck.zip": (200, {"Content-Length": str(len(ZIP)), "X-Stuck": "1"}, ZIP[:1000]),
    "/error.zip": (503, {}, ZIP),
    "/bad-coding.zip": (200, {"Content-Encoding": "gzip"}, ZIP),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        status, headers, body = ANSWERS.get(self.path, (404, {}, PAGE))
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(body))} | headers).items():
            if value is not None:
                self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)
        if "X-Stuck" in headers:
            self.wfile.flush()
            self.server.released.wait(20)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.asked, running.released = [], threading.Event()
        running.base = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.released.set()
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def fetch(server, tmp_path, *names, file="a.zip"):
    server.asked.clear()
    download.fetch(
        tmp_path / file, [name if "://" in name else f"{server.base}/{name}" for name in names], source="bows2"
    )
    return (tmp_path / file).read_bytes()


def refusal(server, tmp_path, *names):
    """The message; what was in the folder before is there after, and nothing else."""
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(DataError) as caught:
        fetch(server, tmp_path, *names)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'a.zip'}: expected ") and "\n" not in message
    return message


@pytest.mark.parametrize("name", ["good.zip", "good.tgz", "good.tar.bz2", "good.tar.xz", "moved.zip"])
def test_an_archive_arrives_whole(server, tmp_path, name):
    body = ANSWERS["/good.zip" if name == "moved.zip" else f"/{name}"][2]
    assert fetch(server, tmp_path, name, "error.zip") == body
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]
    assert all(path != "/error.zip" for path, _ in server.asked)
    assert server.asked[-1][1]["Accept-Encoding"] == "identity"
    assert list(sources.covers("folder", tmp_path / "a.zip")) == ["top__1"]


def test_an_archive_that_the_server_labels_as_compressed_can_be_used(server, tmp_path):
    """Web servers do so with .tgz; it is unpacked on the way, and is a tar."""
    assert fetch(server, tmp_path, "labelled.tgz", file="a.tgz") == TAR
    assert list(sources.covers("folder", tmp_path / "a.tgz")) == ["top__1"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("page.zip", "the answer is an HTML page, not an archive"),
        ("text.zip", "the answer of 15 bytes is no zip, tar,"),
        ("empty.zip", "the answer of 0 bytes is no zip, tar,"),
        ("none.zip", "404 Client Error"),
        ("error.zip", "503 Server Error"),
        ("cut.zip", "IncompleteRead"),
        ("cut.tgz", "IncompleteRead"),
        ("cut-unnoticed.zip", "a zip archive that breaks off"),
        ("bad-coding.zip", "decod"),
        ("http://127.0.0.1:9/a.zip", "refused"),
        ("nonsense://127.0.0.1/a.zip", "nonsense"),
        ("http://[::1/a.zip", "host"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_a_bad_answer_is_passed_over(server, tmp_path, name, reason, there):
    if there:
        (tmp_path / "a.zip").write_bytes(b"an older file")
    message = refusal(server, tmp_path, name)
    assert "expected source bows2 from 1 mirrors, got none" in message and reason in message
    assert message.endswith("download it by other means and name it under sources.bows2.path in config.yaml")
    assert fetch(server, tmp_path, name, "good.zip") == ZIP
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]


def test_every_mirror_is_named_with_its_answer(server, tmp_path):
    message = refusal(server, tmp_path, "none.zip", "page.zip", "cut.zip")
    assert "from 3 mirrors" in message
    places = [message.index(f"{server.base}/{name}: ") for name in ("none.zip", "page.zip", "cut.zip")]
    assert places == sorted(places)
    assert [path for path, _ in server.asked] == ["/none.zip", "/page.zip", "/cut.zip"]


def test_a_mirror_that_falls_silent_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.3)
    assert "timed out" in refusal(server, tmp_path, "stuck.zip")
    assert fetch(server, tmp_path, "stuck.zip", "good.zip") == ZIP


def test_no_mirror_at_all_is_refused(server, tmp_path):
    assert "from 0 mirrors" in refusal(server, tmp_path)


@pytest.mark.parametrize("place", ["file/a.zip", "none/a.zip"])
def test_a_place_that_cannot_be_written_is_not_laid_on_the_mirror(server, tmp_path, place):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=f"^{tmp_path / place}: expected to write this file, got N"):
        fetch(server, tmp_path, "good.zip", "good.tgz", file=place)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert not server.asked
