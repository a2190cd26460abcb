"""Downloads that break off: archives of the real layouts, resumed or started over, never put together wrongly."""

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import skimage.data
from hosts import Answer, make_impatient, serve
from making_archives import groups_of, packed, read
from refusals import refusal

from stegdata.errors import DataError
from stegdata.formats.images import encode_pgm
from stegdata.sources import download
from stegdata.sources.download import Partial

ROOT = Path(__file__).resolve().parents[1]
BOSSBASE = ROOT.parent / "shared" / "covers" / "bossbase"
ETAG = {"ETag": '"one"', "Last-Modified": "Tue, 01 Jan 2019 00:00:00 GMT"}
DATE = {"Last-Modified": "Tue, 01 Jan 2019 00:00:00 GMT"}
WEAK = {"ETag": 'W/"one"'} | DATE


def covers():
    """Genuine covers where they lie beside the project, else a photograph under names that no hash is known of."""
    if BOSSBASE.is_dir():
        return {path.name: path.read_bytes() for path in sorted(BOSSBASE.glob("*.pgm"))[:3]}
    return dict.fromkeys(("2.pgm", "3.pgm", "4.pgm"), encode_pgm(skimage.data.camera()))


def archive(file, top="", files=None):
    """Content of an archive of the covers, or of other files."""
    return packed(Path(file).suffix, {f"{top}{name}": content for name, content in (files or covers()).items()})


#: File -> content, as the two data bases are packed.
ARCHIVES = {
    "BOSSbase_1.01.zip": archive("BOSSbase_1.01.zip", "BOSSbase_1.01/"),
    "BossBase-1.01-cover.tar.bz2": archive("BossBase-1.01-cover.tar.bz2", "BossBase-1.01-cover/"),
    "BOWS2OrigEp3.tgz": archive("BOWS2OrigEp3.tgz", "BOWS2OrigEp3/"),
}
ZIP = ARCHIVES["BOSSbase_1.01.zip"]
OTHER = archive("a.zip", files=dict(zip(covers(), reversed(covers().values()), strict=True)))


@pytest.fixture(scope="module")
def server():
    with serve() as running:
        yield running


impatient = pytest.fixture(autouse=True)(make_impatient)


def fetch(server, tmp_path, answer=None, *, file="a.zip", said=None, **facts):
    """Fetch what the server answers; return the ranges that were asked for."""
    if answer is not None:
        server.answers["/a"] = answer
    server.requests.clear()
    log = (lambda _: None) if said is None else said.append
    download.fetch(tmp_path / file, [f"{server.base}/a"], source="bossbase", log=log, **facts)
    assert not list(tmp_path.glob(".*.part*"))
    return [headers.get("Range") for _, headers in server.requests]


def partial_of(server, tmp_path, file="a.zip"):
    return Partial(tmp_path / file, f"{server.base}/a")


def begun(server, tmp_path, answer, size=100_000):
    """The state after a run that was killed: `size` bytes of what the answer holds, with its notes."""
    server.answers["/a"] = Answer(answer.body, headers=answer.headers, drop=size / len(answer.body))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(DataError):
        patch.setattr(download, "RETRIES", 0)
        download.fetch(tmp_path / "a.zip", [f"{server.base}/a"], source="bossbase")
    part = partial_of(server, tmp_path)
    assert abs(part.size() - size) < 2
    return part


# ---------------------------------------------------------------------------------------- broken off


@pytest.mark.parametrize("file", ARCHIVES)
@pytest.mark.parametrize("headers", [ETAG, DATE, WEAK])
def test_dropped_at_every_tenth_an_archive_is_put_together(server, tmp_path, file, headers):
    said = []
    ranges = fetch(server, tmp_path, Answer(ARCHIVES[file], headers=headers, drop=0.1), file=file, said=said)
    assert (tmp_path / file).read_bytes() == ARCHIVES[file]
    assert 10 <= len(ranges) <= 12 and ranges[0] is None and None not in ranges[1:] and len(set(ranges)) == len(ranges)
    validator = headers.get("ETag", "W/")
    expected = headers["Last-Modified"] if validator.startswith("W/") else validator
    assert {asked["If-Range"] for _, asked in server.requests[1:]} == {expected}
    assert any("asking again from byte" in line for line in said) and any("resumed at byte" in line for line in said)
    last = max(covers())
    ((_, image),) = read("bossbase", tmp_path / file, [Path(last).stem])
    assert image.tobytes() == covers()[last][-(512 * 512) :]


@pytest.mark.parametrize("answer", [Answer(ZIP, headers=ETAG, ranges=False, drop=0.5), Answer(ZIP, drop=0.5)])
def test_without_range_or_without_a_mark_of_the_file_it_starts_over(server, tmp_path, answer):
    answer.times, answer.then = 2, Answer(ZIP, headers=answer.headers, ranges=answer.ranges)
    fetch(server, tmp_path, answer)
    assert (tmp_path / "a.zip").read_bytes() == ZIP and len(server.requests) == 3


@pytest.mark.parametrize("heeds", [True, False])
@pytest.mark.parametrize("headers", [ETAG, DATE])
def test_changed_between_attempts_it_starts_over(server, tmp_path, heeds, headers):
    """Also where a server sends the rest of the new file whatever If-Range says."""
    changed = (
        {"ETag": '"two"', "Last-Modified": "Wed, 02 Jan 2019 00:00:00 GMT"}
        if "ETag" in headers
        else {"Last-Modified": "Wed, 02 Jan 2019 00:00:00 GMT"}
    )
    new = Answer(OTHER, headers=changed, heeds_if_range=heeds)
    fetch(server, tmp_path, Answer(ZIP, headers=headers, drop=0.3, times=2, then=new))
    assert (tmp_path / "a.zip").read_bytes() == OTHER


def test_changed_to_a_shorter_file_it_starts_over(server, tmp_path):
    begun(server, tmp_path, Answer(ZIP, headers=ETAG), size=len(ZIP) - 10)
    short = archive("a.zip", files=dict([covers().popitem()]))
    gone = Answer(status=416, headers={"Content-Range": f"bytes */{len(short)}"}, times=1, then=Answer(short))
    fetch(server, tmp_path, gone)
    assert (tmp_path / "a.zip").read_bytes() == short


def test_changed_without_a_sign_it_is_found_corrupt_and_fetched_again(server, tmp_path):
    """The same ETag for another file of the same length: checksums inside tell."""
    body = bytearray(ZIP)
    body[150_000:150_100] = bytes(100)
    said = []
    begun(server, tmp_path, Answer(bytes(body), headers=ETAG), size=200_000)
    ranges = fetch(server, tmp_path, Answer(ZIP, headers=ETAG), said=said)
    assert (tmp_path / "a.zip").read_bytes() == ZIP and len(ranges) == 2 and ranges[1] is None
    assert any("after it was resumed; once more from the start" in line for line in said)


def test_all_there_but_the_name_nothing_is_asked(server, tmp_path):
    part = begun(server, tmp_path, Answer(ZIP, headers=ETAG), size=1000)
    part.file.write_bytes(ZIP)
    assert fetch(server, tmp_path, Answer(ZIP, headers=ETAG)) == []
    assert (tmp_path / "a.zip").read_bytes() == ZIP
    part = begun(server, tmp_path, Answer(ZIP, headers=ETAG), size=1000)
    part.file.write_bytes(ZIP[:150_000] + bytes(100) + ZIP[150_100:])  # as after a power cut
    assert fetch(server, tmp_path, Answer(ZIP, headers=ETAG)) == [None]
    assert (tmp_path / "a.zip").read_bytes() == ZIP


def test_a_length_that_only_the_range_tells_is_held_to(server, tmp_path):
    """The first answer breaks off without a length, so it looks whole, and is found cut off only by its content."""
    said = []
    begun(server, tmp_path, Answer(ZIP, headers=ETAG))
    notes = partial_of(server, tmp_path).notes
    notes.write_text(notes.read_text().replace(str(len(ZIP)), "null"))
    fetch(server, tmp_path, Answer(ZIP, headers=ETAG, length=0, drop=0.3), said=said)
    assert (tmp_path / "a.zip").read_bytes() == ZIP and f"of {len(ZIP):,}" in " ".join(said)


@pytest.mark.parametrize("damage", ["notes", "longer"])
def test_what_cannot_be_trusted_is_not_resumed(server, tmp_path, damage):
    part = begun(server, tmp_path, Answer(ZIP, headers=ETAG))
    if damage == "longer":
        part.file.write_bytes(ZIP + b"more")
    else:
        part.notes.write_text("{")
    assert fetch(server, tmp_path, Answer(ZIP, headers=ETAG)) == [None]
    assert (tmp_path / "a.zip").read_bytes() == ZIP


def test_a_host_that_went_away_is_asked_again_and_what_it_gave_is_kept(tmp_path):
    with serve() as server:
        part = begun(server, tmp_path, Answer(ZIP, headers=ETAG))
        size = part.size()
    with pytest.raises(DataError, match=r"the connection broke .*refused.*, 2 times without a byte gained"):
        download.fetch(tmp_path / "a.zip", [part.url], source="bossbase")
    assert part.size() == size > 0 and not (tmp_path / "a.zip").exists()


def test_a_page_in_place_of_the_rest_does_not_cost_what_is_there(server, tmp_path):
    part = begun(server, tmp_path, Answer(ZIP, headers=ETAG))
    size = part.size()
    page = Answer(b"<html>under repair</html>", headers={"Content-Type": "text/html"})
    assert "the answer is an HTML page" in refusal(fetch, server, tmp_path, page)
    assert fetch(server, tmp_path, Answer(ZIP, headers=ETAG)) == [f"bytes={size}-"]
    assert (tmp_path / "a.zip").read_bytes() == ZIP


def test_the_next_mirror_does_not_spoil_what_the_first_began(server, tmp_path):
    server.answers |= {
        "/a": Answer(ZIP, headers=ETAG, drop=0.5, times=1, then=Answer(status=404)),
        "/b": Answer(ARCHIVES["BOWS2OrigEp3.tgz"]),
    }
    download.fetch(tmp_path / "a.zip", [f"{server.base}/{name}" for name in "ab"], source="bossbase")
    assert (tmp_path / "a.zip").read_bytes() == ARCHIVES["BOWS2OrigEp3.tgz"]
    assert sorted(groups_of("folder", tmp_path / "a.zip")) == sorted(
        f"BOWS2OrigEp3__{name.removesuffix('.pgm')}" for name in covers()
    )


# ---------------------------------------------------------------------------------------- killed, full, two at a time

FETCH = (
    "import sys; from pathlib import Path; from stegdata.sources import download;"
    "download.fetch(Path(sys.argv[1]), [sys.argv[2]], source='bossbase', log=print)"
)


def start(path, url, **more):
    command = [sys.executable, "-c", FETCH, str(path), url]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


def wait_for(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen within 20 s")


def test_killed_in_the_middle_the_next_run_resumes(server, tmp_path):
    server.answers["/a"] = Answer(ZIP, headers=ETAG, pause=0.05, piece=10_000)
    part = partial_of(server, tmp_path)
    process = start(tmp_path / "a.zip", part.url)
    wait_for(lambda: part.size() > 50_000)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "a.zip").exists() and 50_000 < part.size() < len(ZIP)
    size = part.size()
    assert fetch(server, tmp_path, Answer(ZIP, headers=ETAG)) == [f"bytes={size}-"]
    assert (tmp_path / "a.zip").read_bytes() == ZIP


def test_two_runs_fetch_one_file_once(server, tmp_path):
    server.answers["/a"] = Answer(ZIP, headers=ETAG, pause=0.05, piece=10_000)
    server.requests.clear()
    part = partial_of(server, tmp_path)
    first = start(tmp_path / "a.zip", part.url)
    wait_for(lambda: part.size() > 10_000)
    second = start(tmp_path / "a.zip", part.url)
    wait_for(lambda: "waiting" in second.stdout.readline())
    server.answers["/a"].pause = 0
    assert first.communicate()[0] is not None and first.returncode == 0
    assert "was fetched by another run" in second.communicate()[0] and second.returncode == 0
    assert len(server.requests) == 1 and (tmp_path / "a.zip").read_bytes() == ZIP


def test_a_full_disk_keeps_what_arrived_and_is_no_fault_of_the_mirror(server, tmp_path):
    server.answers["/a"] = Answer(ZIP, headers=ETAG)
    limit = 200_000

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    part = partial_of(server, tmp_path)
    output = start(tmp_path / "a.zip", part.url, preexec_fn=little_room).communicate()[0]
    assert "a.zip: expected to write this file, got File too large after 200,000 bytes: free space" in output
    assert part.size() == limit and not (tmp_path / "a.zip").exists()
    assert fetch(server, tmp_path, Answer(ZIP, headers=ETAG)) == [f"bytes={limit}-"]
    assert (tmp_path / "a.zip").read_bytes() == ZIP
