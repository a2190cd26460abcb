"""`stegdata.sources.stamps`: what stands for a folder changes with its images, and with nothing else."""

import os
import shutil
from pathlib import Path

import pytest
from making_archives import opened, pack
from making_dicom import write_dicom
from pictures import noise, pgm
from refusals import refusal
from working_folder import snakemake, tiny

from stegdata import duplicates, files, sources
from stegdata.formats import images
from stegdata.sources import stamps

LATER = 10**9


@pytest.fixture
def made(tmp_path):
    """Two images in folders, one file that is none; listed and hashed once."""
    for number in (1, 2):
        write(tmp_path / "photos" / f"p{number}" / f"{number}.pgm", pgm(number))
    (tmp_path / "photos/notes.txt").write_text("no image")
    first = stamp(tmp_path)
    stamps.complete(tmp_path / "photos", tmp_path / "seen/photos.txt")
    assert stamp(tmp_path) == first
    return tmp_path


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def stamp(folder, photos="photos"):
    return stamps.stamp(folder / photos, folder / "seen/photos.txt")


def touch(path):
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + LATER))


def replaced_keeping_size(folder):
    write(folder / "photos/p1/1.pgm", pgm(9))
    touch(folder / "photos/p1/1.pgm")


CHANGES = {
    "replaced": replaced_keeping_size,
    "larger": lambda folder: write(folder / "photos/p1/1.pgm", pgm(1, 9, 9)),
    "added": lambda folder: write(folder / "photos/p1/3.pgm", pgm(3)),
    "added in a new folder": lambda folder: write(folder / "photos/p3/3.pgm", pgm(3)),
    "removed": lambda folder: (folder / "photos/p1/1.pgm").unlink(),
    "renamed": lambda folder: (folder / "photos/p1/1.pgm").rename(folder / "photos/p1/3.pgm"),
    "DICOM without an ending": lambda folder: write_dicom(folder / "photos/IM1", noise(8, 8)),
}
NO_CHANGES = {
    "nothing": lambda folder: None,
    "a file that is no image": lambda folder: write(folder / "photos/p1/more.txt", b"no image"),
    "a file that is no image changed": lambda folder: write(folder / "photos/notes.txt", b"none again"),
    "hidden and system files": lambda folder: [
        write(folder / "photos/p1" / name, b"x") for name in ("._1.pgm", ".DS_Store", "Thumbs.db")
    ],
    "touched": lambda folder: touch(folder / "photos/p1/1.pgm"),
    "the folder touched": lambda folder: touch(folder / "photos"),
    "copied to another place": lambda folder: (
        shutil.copytree(folder / "photos", folder / "copy"),
        shutil.rmtree(folder / "photos"),
        (folder / "copy").rename(folder / "photos"),
    ),
    "gone": lambda folder: shutil.rmtree(folder / "photos"),
    "not mounted": lambda folder: (shutil.rmtree(folder / "photos"), (folder / "photos").mkdir()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_images_changes_it(made, change):
    before = stamp(made)
    CHANGES[change](made)
    after = stamp(made)
    assert before != after == stamp(made)


@pytest.mark.parametrize("change", NO_CHANGES)
def test_nothing_else_changes_it(made, change):
    before = stamp(made)
    NO_CHANGES[change](made)
    assert stamp(made) == before == stamp(made)


def test_content_is_read_once_where_times_differ_and_never_else(made, monkeypatch):
    read = []
    sha256 = files.sha256
    monkeypatch.setattr(files, "sha256", lambda path: read.append(Path(path).name) or sha256(path))
    stamp(made)
    touch(made / "photos/p1/1.pgm")
    stamp(made), stamp(made)
    assert read == ["1.pgm"]


def test_an_archive_stands_for_itself(tmp_path):
    path = pack(tmp_path / "a.zip", {"1.pgm": pgm(1)})
    first = stamp(tmp_path, "a.zip")
    stamps.complete(path, tmp_path / "seen/photos.txt")
    touch(path)
    assert stamp(tmp_path, "a.zip") == first
    pack(path, {"1.pgm": pgm(2)})
    touch(path)
    assert stamp(tmp_path, "a.zip") != first


def test_names_that_are_no_utf8_and_tables_that_cannot_be_kept_stop_no_planning(tmp_path):
    write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/photos/caf\xe9.pgm")), pgm(1))
    assert stamp(tmp_path) == stamp(tmp_path)
    (tmp_path / "seen/photos.txt").write_text("something else")
    assert stamp(tmp_path) == stamp(tmp_path)
    (tmp_path / "file").touch()
    assert len(stamps.stamp(tmp_path / "photos", tmp_path / "file/photos.txt")) == 64


@pytest.mark.parametrize("packed", [False, True])
def test_images_replaced_by_others_of_the_same_size_and_time_are_found_by_their_pixels(tmp_path, monkeypatch, packed):
    """Planning looks at names, sizes and times; `verify` reads."""
    monkeypatch.chdir(tmp_path)
    numbers = range(1, 6)
    contents = {f"{number}.pgm": pgm(number) for number in numbers}
    for name, content in contents.items():
        write(tmp_path / "photos" / name, content)
    path = pack(tmp_path / "a.zip", contents) if packed else tmp_path / "photos"
    source, results = {"kind": "folder", "path": str(path), "tiles": 2}, tmp_path / "results"
    assert not list(sources.changed_images(source, "mine", results))  # not split yet
    read = opened("folder", path).read([str(number) for number in numbers])
    prints = {name: duplicates.fingerprint(image) for name, image in read}
    write(results / "covers/mine/pixels.tsv", b"")
    tiled = {f"{name}_r{row}c{column}": prints[name] for name in prints for row in (0, 1) for column in (0, 1)}
    duplicates.write(results / "covers/mine/pixels.tsv", tiled)
    assert not list(sources.changed_images(source, "mine", results))
    contents |= {"2.pgm": pgm(12), "3.pgm": pgm(3)[:-1]}
    del contents["4.pgm"]
    if packed:
        pack(path, contents)
    else:
        seen, times = stamp(tmp_path), {name: (path / name).stat() for name in contents}
        write(path / "2.pgm", contents["2.pgm"])
        os.utime(path / "2.pgm", ns=(times["2.pgm"].st_atime_ns, times["2.pgm"].st_mtime_ns))
        assert stamp(tmp_path) == seen
        write(path / "3.pgm", contents["3.pgm"])
        (path / "4.pgm").unlink()
    changed = dict(sources.changed_images(source, "mine", results))
    assert changed.pop("2") == "its pixels are not those that were split and embedded"
    assert "expected image 4, found none" in changed.pop("4")
    ((file, reason),) = changed.items()
    assert file.endswith("3.pgm") and "3.pgm: expected 64 bytes" in reason
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert not list(sources.changed_images(source, "mine", results))  # covers that were made stay good


def test_nothing_now_or_before_is_refused(tmp_path):
    assert "photos: expected an archive or a folder of images, found nothing" in refusal(stamp, tmp_path)


def test_covers_are_made_again_of_a_picture_that_changed_and_of_nothing_else(tmp_path):
    """The rules: a picture replaced in place, one added below a folder, and what is no change."""
    folder, target = tiny(tmp_path / "tiny"), "results/covers/photographs/train-000"
    photographs = folder / "photographs"

    def planned():
        return snakemake(folder, "-n", target).stdout

    snakemake(folder, "--cores", 1, target)
    (photographs / "camera/notes.txt").write_text("no image")
    touch(photographs)
    touch(photographs / "camera/camera.png")
    assert "Nothing to be done" in planned()
    images_before = {file.name: file.read_bytes() for file in (folder / target).glob("*.pgm")}
    replace = photographs / "camera/camera.png"
    shutil.copy(photographs / "coffee/coffee.png", replace)
    touch(replace)
    assert "covers" in planned() and "split" in planned()
    snakemake(folder, "--cores", 1, target)
    covers = {file.name: images.read(file) for file in (folder / target).glob("*.pgm")}
    assert (covers["camera__camera.pgm"] == covers["coffee__coffee.pgm"]).all() and len(covers) == len(images_before)
    noted = (folder / "results/covers/photographs/exclusions.tsv").read_text()
    assert "coffee__coffee\tnoted\tas the same picture as camera__camera\n" in noted and "*.txt\tpassed over" in noted
    assert "Nothing to be done" in planned()
    write(photographs / "camera/more.pgm", pgm(1, 64, 64))
    assert "split" in planned()
    snakemake(folder, "--cores", 1, target)
    shutil.rmtree(photographs)
    assert "Nothing to be done" in planned()
