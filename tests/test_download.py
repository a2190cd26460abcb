"""`stegdata.sources.download` against a server of this machine: answers as they should be, and as they are."""

import hashlib
import shutil
import subprocess

import pytest
import refusals
from hosts import Answer, make_impatient, serve
from making_archives import groups_of, packed
from pictures import noise, pgm

from stegdata.errors import DataError
from stegdata.sources import archives, download

PAGE = b"<!DOCTYPE html><html><body>The data base has moved.</body></html>" * 20
FILES = {"top/1.pgm": pgm(1)}


def zipped(*names):
    """A zip of 300 kB that does not shrink."""
    files = dict.fromkeys(names, pgm(1)) if names else FILES
    return packed(".zip", files | {"top/filling.bin": noise(1, 300_000).tobytes()})


ZIP, TGZ = zipped(), packed(".tgz", FILES)
CORRUPT = ZIP[:100_000] + b"damage" + ZIP[100_006:]

ANSWERS = {
    "/good.zip": Answer(ZIP),
    "/good.tgz": Answer(TGZ),
    "/good.tar": Answer(packed(".tar", FILES)),
    "/good.tar.bz2": Answer(packed(".bz2", FILES)),
    "/good.tar.xz": Answer(packed(".xz", FILES)),
    "/labelled.tgz": Answer(TGZ, headers={"Content-Encoding": "x-gzip"}),
    "/labelled.zip": Answer(ZIP, headers={"Content-Encoding": "gzip"}),
    "/no-length.zip": Answer(ZIP, length=0),
    "/slow.zip": Answer(ZIP, pause=0.001, piece=4000),
    "/moved.zip": Answer(status=302, headers={"Location": "/good.zip"}),
    "/loop.zip": Answer(status=302, headers={"Location": "/loop.zip"}),
    "/page.zip": Answer(PAGE, headers={"Content-Type": "text/html"}),
    "/text.zip": Answer(b"come back later"),
    "/empty.zip": Answer(),
    "/forbidden.zip": Answer(PAGE, 403),
    "/error.zip": Answer(ZIP, 503),
    "/cut.zip": Answer(ZIP[:-1000], length=len(ZIP)),
    "/cut.tgz": Answer(TGZ[:-5], length=len(TGZ)),
    "/cut-unnoticed.zip": Answer(ZIP[:-1000], length=0),
    "/cut-unnoticed.tgz": Answer(TGZ[:-5], length=0),
    "/short-length.zip": Answer(ZIP, length=len(ZIP) - 1000),
    "/corrupt.zip": Answer(CORRUPT),
    "/no-images.zip": Answer(zipped("top/readme.txt")),
    "/hostile.zip": Answer(zipped("../../evil.pgm")),
    "/stuck.zip": Answer(ZIP[:1000], length=len(ZIP), stuck=True),
}
GOOD = [f"good.{ending}" for ending in ("zip", "tgz", "tar", "tar.bz2", "tar.xz")]


@pytest.fixture(scope="module")
def server():
    with serve() as running:
        running.answers.update(ANSWERS)
        yield running


impatient = pytest.fixture(autouse=True)(make_impatient)


def urls_of(server, *names):
    return [name if "://" in name else f"{server.base}/{name}" for name in names]


def fetch(server, tmp_path, *names, file="a.zip", **facts):
    server.requests.clear()
    download.fetch(tmp_path / file, urls_of(server, *names), source="bows2", **facts)
    assert not list(tmp_path.glob(".*.part*"))
    return (tmp_path / file).read_bytes()


def refusal(server, tmp_path, *names, **facts):
    """The message; what was at the place of the archive before is there after."""
    before = (tmp_path / "a.zip").read_bytes() if (tmp_path / "a.zip").exists() else None
    message = refusals.refusal(fetch, server, tmp_path, *names, **facts)
    assert ((tmp_path / "a.zip").read_bytes() if before else None) == before
    assert message.startswith(f"{tmp_path / 'a.zip'}: expected ")
    return message


@pytest.mark.parametrize("name", [*GOOD, "moved.zip", "no-length.zip", "slow.zip", "labelled.tgz", "labelled.zip"])
def test_an_archive_arrives_whole(server, tmp_path, name):
    body = ANSWERS[f"/{name}"].body or ZIP
    assert fetch(server, tmp_path, name, "error.zip", room=len(ZIP)) == body
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".lock"] == ["a.zip"]
    assert all(path != "/error.zip" for path, _ in server.requests)
    assert server.requests[-1][1]["Accept-Encoding"] == "identity"
    assert list(groups_of("folder", tmp_path / "a.zip")) == ["top__1"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("page.zip", "the answer is an HTML page, not an archive"),
        ("text.zip", "the answer, of 15 bytes or more, is no zip, tar,"),
        ("empty.zip", "the answer, of 0 bytes or more, is no zip, tar,"),
        ("none.zip", "404 Client Error"),
        ("forbidden.zip", "403 Client Error"),
        ("error.zip", "503 Server Error"),
        ("loop.zip", "Exceeded 10 redirects"),
        ("cut.zip", "the connection broke"),
        ("cut.tgz", "2 times without a byte gained"),
        ("cut-unnoticed.zip", "the answer: expected a whole zip or tar archive"),
        ("cut-unnoticed.tgz", "the answer: expected a whole zip or tar archive"),
        ("short-length.zip", "the answer: expected a whole zip or tar archive"),
        ("corrupt.zip", "top/filling.bin: expected a whole file, got Bad CRC-32"),
        ("no-images.zip", "the answer: expected an archive of images, found none"),
        ("hostile.zip", "expected paths that stay inside the archive, got '../../evil.pgm'"),
        ("http://127.0.0.1:9/a.zip", "refused"),
        ("nonsense://127.0.0.1/a.zip", "nonsense"),
        ("http://[::1/a.zip", "host"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_a_bad_answer_is_passed_over(server, tmp_path, name, reason, there):
    if there:
        (tmp_path / "a.zip").write_bytes(b"an older file")
    message = refusal(server, tmp_path, name, manual="ask colleagues")
    assert "expected source bows2 from 1 mirrors, got none" in message and reason in message
    assert message.endswith("ask colleagues, and name it under sources.bows2.path in config.yaml")
    assert fetch(server, tmp_path, name, "good.zip") == ZIP


def test_every_mirror_is_asked_once_and_named_with_its_answer(server, tmp_path):
    names = ["none.zip", "forbidden.zip", "page.zip", "corrupt.zip"]
    message = refusal(server, tmp_path, *names)
    assert "from 4 mirrors" in message
    positions = [message.index(f"{server.base}/{name}: ") for name in names]
    assert positions == sorted(positions)
    assert [path for path, _ in server.requests] == [f"/{name}" for name in names]


def test_a_page_is_recognised_at_its_first_bytes(server, tmp_path):
    server.answers["/endless.zip"] = Answer(PAGE * 10_000, piece=1000)
    assert "HTML page" in refusal(server, tmp_path, "endless.zip")
    assert len(server.requests) == 1


def test_a_mirror_that_falls_silent_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUTS", (1, 0.2))
    monkeypatch.setattr(download, "RETRIES", 0)
    assert "timed out" in refusal(server, tmp_path, "stuck.zip")
    assert fetch(server, tmp_path, "stuck.zip", "good.zip") == ZIP


def test_no_mirror_at_all_is_refused(server, tmp_path):
    assert "from 0 mirrors" in refusal(server, tmp_path)


def test_known_size_and_hash_are_held_to(server, tmp_path):
    sha256 = hashlib.sha256(ZIP).hexdigest()
    assert fetch(server, tmp_path, "good.zip", size=len(ZIP), digest=sha256) == ZIP
    assert f"expected 5 bytes, got an answer of {len(ZIP):,}" in refusal(server, tmp_path, "good.zip", size=5)
    assert f"expected 5 bytes, got {len(ZIP):,}" in refusal(server, tmp_path, "no-length.zip", size=5)
    assert f"expected sha256 ab, got {sha256}" in refusal(server, tmp_path, "good.zip", digest="ab")


def test_a_busy_mirror_is_asked_again(server, tmp_path, monkeypatch):
    """503 with Retry-After, as seconds; an absurd wait is cut."""
    naps = []
    monkeypatch.setattr("time.sleep", naps.append)
    for wait, expected in ((7, 7), (10**6, 120)):
        naps.clear()
        busy = Answer(status=503, headers={"Retry-After": wait}, times=2, then=Answer(ZIP))
        server.answers["/busy.zip"] = busy
        assert fetch(server, tmp_path, "busy.zip") == ZIP
        assert len(server.requests) == 3 and [nap for nap in naps if nap >= 1] == [expected, expected]


def test_a_place_that_cannot_be_written_is_not_laid_on_the_mirror(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=f"^{tmp_path / 'file/a.zip'}: expected to write this file, got "):
        fetch(server, tmp_path, "good.zip", "good.tgz", file="file/a.zip")
    assert not server.requests


def test_a_full_disk_is_told_before_the_download(server, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MARGIN", 10**18)
    with pytest.raises(DataError, match=r"a\.zip: expected 1000000000\.0 GB free for the rest of the download, got"):
        fetch(server, tmp_path, "good.zip")
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate: HTTPS stays unproved")
def test_a_certificate_that_nobody_signed_is_refused_unless_it_is_trusted(tmp_path, monkeypatch):
    both = tmp_path / "both.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, "-keyout", str(both)]
    certificate = subprocess.run(made, capture_output=True, check=True).stdout
    both.write_bytes(both.read_bytes() + certificate)
    with serve(both) as host:
        host.answers["/a.zip"] = Answer(ZIP, headers={"ETag": '"one"'}, drop=0.4)
        assert "certificate verify failed" in refusal(host, tmp_path, "a.zip")
        assert host.requests == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(both))
        assert fetch(host, tmp_path, "a.zip") == ZIP and len(host.requests) == 3
