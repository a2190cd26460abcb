"""`stegdata.sources`: folders, and archives of the published layouts; broken and hostile ones are in test_archives."""

import time
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from making_archives import everything, five, groups_of, pack, publish, read, shrink
from pictures import pgm
from PIL import Image
from refusals import refusal

from stegdata import sources
from stegdata.formats import images

BOSSBASE = Path(__file__).resolve().parents[2] / "shared" / "covers" / "bossbase"
#: Kind, file and top folder of the two data bases, and other ways they are packed.
LAYOUTS = [
    ("bossbase", "BOSSbase_1.01.zip", "BOSSbase_1.01/"),
    ("bossbase", "BossBase-1.01-cover.tar.bz2", "BossBase-1.01-cover/"),
    ("bows2", "BOWS2OrigEp3.tgz", "BOWS2OrigEp3/"),
    ("bows2", "bows2.tar.xz", "./BOWS2OrigEp3/"),
    ("bows2", "bows2.tar", ""),
]
FILE_OF = {kind: name for kind, name, _ in reversed(LAYOUTS)}
small = pytest.fixture(shrink)


# ---------------------------------------------------------------------------------------- published archives


@pytest.mark.parametrize(("kind", "file", "top"), LAYOUTS)
def test_an_archive_is_listed_and_read(tmp_path, small, kind, file, top):
    notes = {f"{top}README.txt": b"hello", f"{top}2.txt": b"no image", f"{top}Thumbs.db": b"", f"{top}._1.pgm": b"\0"}
    path = pack(tmp_path / file, five(top, **notes))
    groups = groups_of(kind, path)
    assert groups == {name: name for name in ("1", "10", "11", "2", "3")} and list(groups) == sorted(groups)
    some = dict(read(kind, path, ["10", "2"]))
    assert list(some) == ["10", "2"]
    for name, image in some.items():
        assert image.dtype == np.uint8 and image.tobytes() == pgm(int(name))[-64:] and image.shape == (8, 8)
    assert everything(kind, path) == {name: pgm(int(name))[-64:] for name in groups}


@pytest.mark.parametrize(("kind", "file", "top"), LAYOUTS)
def test_an_archive_is_read_in_place(tmp_path, small, monkeypatch, kind, file, top):
    """10,000 covers of 512x512 need no room beside the archive."""
    path = pack(tmp_path / file, five(top))
    monkeypatch.setattr("tempfile.mkdtemp", None)
    monkeypatch.setattr("tempfile.mkstemp", None)
    assert len(everything(kind, path)) == 5 and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("top", ["", "BOSSbase_1.01"])
def test_an_unpacked_archive_is_the_same(tmp_path, small, top):
    (tmp_path / top).mkdir(exist_ok=True)
    for name, content in five().items():
        (tmp_path / top / name).write_bytes(content)
    assert everything("bossbase", tmp_path) == {name: pgm(int(name))[-64:] for name in ("1", "10", "11", "2", "3")}


def test_missing_images_are_listed_and_quickly(tmp_path):
    names = {f"BOSSbase_1.01/{number}.pgm": b"" for number in range(1, 10_001) if number not in (17, 512)}
    path = pack(tmp_path / "BOSSbase_1.01.zip", names)
    start = time.process_time()
    message = refusal(groups_of, "bossbase", path)
    assert time.process_time() - start < 5
    assert "BOSSbase_1.01.zip: expected 10,000 images, found 9,998 (missing 17, 512): fetch it again" in message


def test_another_count_is_refused(tmp_path, small):
    assert "found 1 (missing 1, 2, 3, ...)" in refusal(groups_of, "bossbase", pack(tmp_path / "a.zip", {"5.pgm": b""}))
    assert "found 1: fetch" in refusal(groups_of, "bows2", pack(tmp_path / "b.zip", {"image_0.pgm": b""}))
    assert "found 6 (missing 4, 5)" in refusal(groups_of, "bows2", pack(tmp_path / "c.zip", five(**{"6.pgm": b""})))


@pytest.mark.parametrize("kind", ["bossbase", "bows2"])
def test_wrong_geometry_is_refused(tmp_path, small, kind):
    path = pack(tmp_path / FILE_OF[kind], five("top/") | {"top/3.pgm": pgm(3, 8, 9)})
    assert "3: expected 8x8 pixels, got 8x9: this is not the published" in refusal(everything, kind, path)
    assert len(list(read(kind, path, ["1", "2"]))) == 2


def test_images_of_other_names_are_refused(tmp_path, monkeypatch, small):
    publish(monkeypatch, "bossbase", pixels=MappingProxyType({"1": "", "13": ""}))
    assert "none named 13" in refusal(groups_of, "bossbase", pack(tmp_path / "a.zip", five()))


@pytest.mark.skipif(not BOSSBASE.is_dir(), reason=f"the pins of BOSSBase stay unproved: no covers at {BOSSBASE}")
@pytest.mark.parametrize("file", ["BOSSbase_1.01.zip", "BOSSbase_1.01.tgz", None])
def test_the_pins_are_those_of_real_covers(tmp_path, monkeypatch, file):
    publish(monkeypatch, "bossbase", count=11)
    files = {f"BOSSbase_1.01/{path.name}": path.read_bytes() for path in BOSSBASE.glob("*.pgm")}
    path = pack(tmp_path / file, files) if file else BOSSBASE
    names = list(groups_of("bossbase", path))
    assert set(sources.KINDS["bossbase"].archive.pixels) == {"1", "10", "1013"} <= set(names)
    for name, image in read("bossbase", path, names):
        assert np.array_equal(image, images.read(BOSSBASE / f"{name}.pgm"))


@pytest.mark.parametrize("name", ["1", "10", "1013"])
def test_other_pixels_under_a_pinned_name_are_refused(tmp_path, name):
    path = pack(tmp_path / "BOSSbase_1.01.zip", {f"BOSSbase_1.01/{name}.pgm": pgm(0, 512, 512)})
    assert f"{name}: expected the published pixels, got others" in refusal(read, "bossbase", path, [name])


def test_an_image_gone_since_it_was_listed_is_named(tmp_path, small):
    path = pack(tmp_path / "a.tgz", five())
    assert "expected image 4, found none" in refusal(read, "bossbase", path, ["1", "4", "5"])


# ---------------------------------------------------------------------------------------- folders


def tree(folder, *files):
    for number, file in enumerate(files):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        Image.frombytes("L", (8, 8), pgm(number)[-64:]).save(folder / file)
    return folder


FILES = ["p1/a_1.png", "p1/a_2.PGM", "p1/b.tif", "p1/c.bmp", "p2/x/a_1.png", "top_1.png", "top.png", "a.b_1.png"]


@pytest.mark.parametrize(
    ("group", "groups"),
    [
        ("file", ["a.b_1", "p1__a_1", "p1__a_2", "p1__b", "p1__c", "p2__x__a_1", "top", "top_1"]),
        ("folder", [".", "p1", "p1", "p1", "p1", "p2", ".", "."]),
        ("prefix", ["a.b", "p1__a", "p1__a", "p1__b", "p1__c", "p2__x__a", "top", "top"]),
    ],
)
@pytest.mark.parametrize("packed", [None, "a.zip", "a.tgz"])
def test_a_folder_and_its_groups(tmp_path, group, groups, packed):
    path = tree(tmp_path / "photos", *FILES)
    (path / "notes.txt").write_text("no image")
    (path / ".hidden").mkdir()
    tree(path, ".hidden/a.png", ".a.png", "p1/._b.png")
    if packed:
        path = pack(tmp_path / packed, {file: (path / file).read_bytes() for file in FILES})
    names = ["a.b_1", "p1__a_1", "p1__a_2", "p1__b", "p1__c", "p2__x__a_1", "top", "top_1"]
    assert groups_of("folder", path, group=group) == dict(zip(names, groups, strict=True))
    found = dict(read("folder", path, names))
    assert found["p2__x__a_1"].tobytes() == pgm(4)[-64:] and found["top"].tobytes() == pgm(6)[-64:] and len(found) == 8


@pytest.mark.parametrize("files", [["a.png", "a.pgm"], ["a__b.png", "a/b.png"]])
def test_two_images_of_one_name_are_refused(tmp_path, files):
    assert "2 times: rename or remove one" in refusal(groups_of, "folder", tree(tmp_path, *files))


@pytest.mark.parametrize("name", ["a\tb", "a\nb", "a\rb", "a\udcffb", "a\x85b"])
def test_names_that_would_tear_tables_apart_are_refused(tmp_path, name):
    message = refusal(groups_of, "folder", tree(tmp_path, f"{name}.png"))
    assert "expected names in UTF-8 without control characters" in message and message.isprintable()


@pytest.mark.parametrize("target", ["other", "nowhere.png"])
def test_a_link_that_would_be_passed_over_is_refused(tmp_path, target):
    """Python's search for files follows links to files, and neither tells of the others nor follows them."""
    (tree(tmp_path / "photos", "a.png") / "b.png").symlink_to(tmp_path / "photos" / "a.png")
    assert set(groups_of("folder", tmp_path / "photos")) == {"a", "b"}
    tree(tmp_path / "other", "c.png")
    (tmp_path / "photos" / "d.png").symlink_to(tmp_path / target)
    assert "d.png: expected files in folders, found a link to" in refusal(groups_of, "folder", tmp_path / "photos")


def test_names_in_any_script_are_kept(tmp_path):
    assert list(groups_of("folder", tree(tmp_path, "Ä ö/写真 1.png"))) == ["Ä ö__写真 1"]


def test_no_images_and_no_folder_are_refused(tmp_path):
    assert "expected images (.bmp, .dcm," in refusal(groups_of, "folder", tmp_path)
    assert "a.zip: expected images (" in refusal(groups_of, "folder", pack(tmp_path / "a.zip", {"a.txt": b""}))
    for kind in ("folder", "bossbase", "bows2"):
        assert "expected an archive or a folder of images, found nothing" in refusal(groups_of, kind, tmp_path / "x")


def test_a_bad_image_in_a_folder_is_named(tmp_path):
    tree(tmp_path, "a.png", "b.png")
    (tmp_path / "b.png").write_bytes(b"no image")
    assert str(tmp_path / "b.png") in refusal(read, "folder", tmp_path, ["a", "b"])
    assert [name for name, _ in read("folder", tmp_path, ["a"])] == ["a"]


def test_what_is_known_of_each_kind():
    archives = {kind: known.archive for kind, known in sources.KINDS.items() if known.archive}
    assert set(archives) == {"bossbase", "bows2"} and set(archives) < set(sources.KINDS)
    for archive in archives.values():
        assert (archive.count, archive.side) == (10_000, 512) and all(len(pin) == 64 for pin in archive.pixels.values())
        assert all(url.startswith(("http://", "https://")) for url in archive.urls)
    assert set(sources.KINDS) == {"sample", "folder", "alaska2", *archives}
    assert all(known.licence and known.citation and known.manual for known in sources.KINDS.values())
