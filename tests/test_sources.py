"""`stegdata.sources`: folders, and archives of the published layouts; broken and hostile ones are in test_archives."""

import os
import time
import zipfile
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from making_archives import everything, five, groups_of, opened, pack, publish, read, shrink
from making_dicom import write_dicom
from pictures import noise, pgm
from PIL import Image
from refusals import refusal

from stegdata import covers, exclusions, sources
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
    images_read = dict(read("folder", path, names))
    assert (
        images_read["p2__x__a_1"].tobytes() == pgm(4)[-64:]
        and images_read["top"].tobytes() == pgm(6)[-64:]
        and len(images_read) == 8
    )


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


@pytest.mark.parametrize("group", ["folder", "prefix"])
def test_groups_whose_names_differ_in_blanks_or_unicode_form_only_are_one(tmp_path, group):
    """A patient or photograph must not be in two splits because two systems wrote its name."""
    names = ["Jose\u0301 B", " Jos\u00e9  B", "Jos\u00e9 B ", "Jose B"]
    files = [f"{name}{'/' if group == 'folder' else '_'}{number}.png" for number, name in enumerate(names)]
    groups = groups_of("folder", tree(tmp_path, *files), group=group)
    labels = {int(cover[-1]): label for cover, label in groups.items()}
    assert labels[0] == labels[1] == labels[2] == min(names[:3]) and labels[3] == "Jose B"


def test_no_images_and_no_folder_are_refused(tmp_path):
    assert "expected images (.bmp, .dcm," in refusal(groups_of, "folder", tmp_path)
    assert "a.zip: expected images (" in refusal(groups_of, "folder", pack(tmp_path / "a.zip", {"a.txt": b""}))
    for kind in ("folder", "bossbase", "bows2"):
        assert "expected an archive or a folder of images, found nothing" in refusal(groups_of, kind, tmp_path / "x")


def test_what_is_known_of_each_kind():
    archives = {kind: facts.archive for kind, facts in sources.KINDS.items() if facts.archive}
    assert set(archives) == {"bossbase", "bows2"} and set(archives) < set(sources.KINDS)
    for archive in archives.values():
        assert (archive.count, archive.side) == (10_000, 512) and all(len(pin) == 64 for pin in archive.pixels.values())
        assert all(url.startswith(("http://", "https://")) for url in archive.urls)
    assert set(sources.KINDS) == {"sample", "folder", "alaska2", *archives}
    assert all(facts.licence and facts.citation and facts.manual for facts in sources.KINDS.values())


# ---------------------------------------------------------------------------------------- what is passed over


def backslashed(path, names):
    """A zip as Windows' own packer writes it, its folders as members of their own."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, b"" if name.endswith("\\") else pgm(number))
    return path


def test_backslashes_in_a_zip_are_folders(tmp_path, small, monkeypatch):
    path = backslashed(
        tmp_path / "a.zip", ["photos\\x.dcm\\", *(f"photos\\{p}\\{n}.pgm" for p in "ab" for n in (1, 2))]
    )
    groups = {"photos__a__1": "a", "photos__a__2": "a", "photos__b__1": "b", "photos__b__2": "b"}
    assert groups_of("folder", path, group="folder") == groups
    assert everything("folder", path)["photos__b__1"] == pgm(3)[-64:]
    path = backslashed(tmp_path / "b.zip", [f"BOSSbase_1.01\\{n}.pgm" for n in (1, 2, 3, 10, 11)])
    assert list(groups_of("bossbase", path)) == ["1", "10", "11", "2", "3"]
    assert "expected paths that stay inside" in refusal(
        groups_of, "folder", backslashed(tmp_path / "c.zip", ["..\\1.pgm"])
    )


PASSED = ["nested.zip", "p1/d.pgm.gz", "e.webp", "f.gz", "m.pgm~", "README", "IM.Doe 1942", "1.2.840.11"]
HIDDEN = ["._a.pgm", "p1/.DS_Store", "Thumbs.db", "p1/DESKTOP.INI", "__MACOSX/p1/._b.pgm", "__MACOSX/p1/b.pgm"]


@pytest.mark.parametrize("packed", [None, "a.zip", "a.tgz"])
def test_what_is_passed_over_is_counted_by_ending(tmp_path, packed):
    """Names may tell patients, so that only endings are told."""
    files = {name: pgm(1) for name in ("a.pgm", "p1/b.PGM")} | dict.fromkeys((*PASSED, *HIDDEN), b"no image")
    for name, content in files.items():
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(content)
    path = pack(tmp_path / packed, files) if packed else tmp_path / "photos"
    listing = opened("folder", path).listing()
    assert list(listing.groups) == ["a", "p1__b"]
    expected = {"*.gz": 2, "*.pgm~": 1, "*.webp": 1, "*.zip": 1, "files without an ending": 3}
    expected["hidden and system files"] = len(HIDDEN)
    assert {exclusion.cover: exclusion.reason for exclusion in listing.exclusions} == {
        k: f"{n} files" for k, n in expected.items()
    }
    assert exclusions.summary(listing.exclusions) == [
        "files passed over: *.gz (2 files), *.pgm~ (1 files), *.webp (1 files), *.zip (1 files), "
        f"files without an ending (3 files), hidden and system files ({len(HIDDEN)} files)"
    ]


@pytest.mark.parametrize("table", ["stego\tcover\tsha256\tembedder\n", "file\tsha256\n", "shard\tsplit\tpairs\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_that_this_project_made_is_not_taken_as_covers(tmp_path, table, packed):
    path = tree(tmp_path / "photos", "stego04/a.png")
    (path / "stego04/manifest.tsv").write_text(table)
    files = {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*.*")}
    message = refusal(groups_of, "folder", pack(tmp_path / "a.zip", files) if packed else path)
    assert "stego04/manifest.tsv: expected images that nobody embedded in, found a table" in message
    (path / "stego04/manifest.tsv").write_text("cover\tsha256\n")  # of covers, which nobody embedded in
    assert list(groups_of("folder", path)) == ["stego04__a"]


def test_a_folder_that_cannot_be_read_is_refused(tmp_path, monkeypatch):
    path = tree(tmp_path, "a.png", "p1/b.png")
    scandir = os.scandir

    def refusing(path_read):
        if Path(path_read).name == "p1":
            raise PermissionError(13, "Permission denied", str(path_read))
        return scandir(path_read)

    monkeypatch.setattr(os, "scandir", refusing)
    assert "p1: expected a folder to read, got Permission denied" in refusal(groups_of, "folder", path)


def test_one_bad_file_never_hides_another(tmp_path):
    """Listed: links and DICOM without a PatientID or whole header; read: the good ones come, then all bad ones."""
    for name in "abcd":
        write_dicom(tmp_path / f"{name}.dcm", noise(8, 8, seed=ord(name)), BurnedInAnnotation="NO", PatientID="7" * 5)
    write_dicom(tmp_path / "e.dcm", noise(8, 8), BurnedInAnnotation="NO")
    (tmp_path / "f.dcm").write_bytes(b"no DICOM")
    (tmp_path / "g.pgm").symlink_to("nowhere")
    (tmp_path / "h").symlink_to(tmp_path.parent)
    message = refusal(groups_of, "folder", tmp_path, group="patient")
    assert message.startswith(f"{tmp_path}/e.dcm: expected a PatientID")
    assert message.endswith(f"(3 more: {', '.join(f'{tmp_path}/{name}' for name in ('f.dcm', 'g.pgm', 'h'))})")
    for name in ("e.dcm", "f.dcm", "g.pgm", "h"):
        (tmp_path / name).unlink()
    names = list(groups_of("folder", tmp_path, group="patient"))
    for name in "ac":
        (tmp_path / f"{name}.dcm").write_bytes((tmp_path / f"{name}.dcm").read_bytes()[:-9])
    images_read = opened("folder", tmp_path).read(names)
    assert [next(images_read)[0], next(images_read)[0]] == ["b", "d"]
    message = refusal(next, images_read)
    assert message.startswith(f"{tmp_path}/a.dcm: expected") and message.endswith(f"(1 more: {tmp_path}/c.dcm)")
    (tmp_path / "b.dcm").rename(tmp_path / "x.dcm")
    (tmp_path / "d.dcm").unlink()
    assert "expected image b, found none: the source changed since it was listed (1 more: d)" in refusal(
        opened("folder", tmp_path).read, ["b", "d"]
    )
    message = refusal(groups_of, "folder", tree(tmp_path / "names", "a.png", "a.pgm", "b.png", "b.bmp", "c.png"))
    assert "found 'a' 2 times: rename or remove one (1 more: b)" in message


@pytest.mark.parametrize("name", ["n" * 240, "/".join(["d" * 90] * 4), "/".join(["图" * 40] * 5)])
def test_names_too_long_for_a_file_are_shortened_and_told(tmp_path, name):
    path = tree(tmp_path / "photos", f"{name}.png", f"{name}x.png" if "/" in name else "b.png")
    listing = opened("folder", path).listing()
    first, *_ = (cover for cover in listing.groups if cover != "b")
    assert len(listing.groups) == 2 and all(len(cover.encode()) <= 180 for cover in listing.groups)
    assert {exclusion.cover: exclusion.reason for exclusion in listing.exclusions}[first].startswith(
        "as called by a shortened name: its path is"
    )
    assert everything("folder", path)[min(listing.groups)] in (pgm(0)[-64:], pgm(1)[-64:])
    covers.make(tmp_path / "train-000", opened("folder", path), list(listing.groups), size=8, resize="crop")
    covers.encode(tmp_path / "q75/train-000", tmp_path / "train-000", 75)
    assert len(covers.listed(tmp_path / "q75/train-000")) == 2


def test_rarer_endings_and_dicom_without_any_are_images(tmp_path):
    """`.jfif`, `.jpe`, `.pnm`; DICOM by number, with its mark or, without a preamble, by its first elements."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for seed, name in enumerate(("a.jfif", "b.jpe", "c.PNM")):
        Image.fromarray(noise(8, 8, seed=seed)).save(photos / name, "PPM" if name.endswith("PNM") else "JPEG")
    write_dicom(photos / "1.2.840.7", noise(8, 8, seed=7), BurnedInAnnotation="NO")
    write_dicom(tmp_path / "whole", noise(8, 8, seed=8), BurnedInAnnotation="NO")
    (photos / "IM0001").write_bytes((tmp_path / "whole").read_bytes()[132:])
    (photos / "notes").write_bytes(b"\x08\x00 no DICOM at all")
    covers = groups_of("folder", photos)
    assert list(covers) == ["1.2.840.7", "IM0001", "a", "b", "c"]
    read = dict(opened("folder", photos).read(list(covers)))
    assert np.array_equal(read["IM0001"], noise(8, 8, seed=8)) and np.array_equal(read["c"], noise(8, 8, seed=2))
