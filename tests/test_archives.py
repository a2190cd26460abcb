"""Archives that `stegdata.sources` must refuse: cut off, damaged, or made to do harm."""

import json
import re
import shutil
import stat
import tarfile
import zipfile
from collections import Counter

import pytest
from making_archives import everything, five, groups_of, pack, read, shrink, tar_info
from pictures import pgm
from refusals import refusal

from stegdata.errors import DataError
from stegdata.sources import archives, folder

# ---------------------------------------------------------------------------------------- unpacking

ENDINGS = ["a.zip", "a.tgz", "a.tar.bz2", "a.tar.xz", "a.tar"]


def unpacked(path):
    """Files below the folder of unpacked images."""
    return {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}


@pytest.mark.parametrize("file", ENDINGS)
def test_an_archive_is_unpacked_once_and_again_when_it_changes(tmp_path, monkeypatch, file):
    path = pack(tmp_path / file, five("top/", **{"top/a.txt": b"no image", "top/._1.pgm": b""}))
    images, passed_over = archives.unpack(path, tmp_path / "unpacked")
    assert unpacked(images) == {f"top/{n}.pgm" for n in (1, 2, 3, 10, 11)} and images.name == file
    assert passed_over == Counter({"*.txt": 1, "hidden and system files": 1})
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(archives, "_unpack", None)
        assert archives.unpack(path, tmp_path / "unpacked") == (images, passed_over)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 3  # it, its images, a lock
    pack(path, {"2.pgm": pgm(2)})
    assert unpacked(archives.unpack(path, tmp_path / "unpacked")[0]) == {"2.pgm"}
    other = path.rename(tmp_path / f"other-{file}")
    assert archives.unpack(other, tmp_path / "unpacked")[0].name == other.name and not images.exists()


@pytest.mark.parametrize("file", ["a.zip", "a.tgz"])
def test_an_archive_that_cannot_be_unpacked_leaves_nothing_and_spoils_nothing(tmp_path, monkeypatch, file):
    path = pack(tmp_path / file, {"1.pgm": pgm(1), "2.pgm": pgm(2)})
    images, _ = archives.unpack(path, tmp_path / "unpacked")
    notes = json.loads((tmp_path / "unpacked" / archives.NOTES).read_text())
    path.write_bytes(path.read_bytes()[:-30])
    refusal(archives.unpack, path, tmp_path / "unpacked")
    assert unpacked(images) == {"1.pgm", "2.pgm"}
    assert json.loads((tmp_path / "unpacked" / archives.NOTES).read_text()) == notes
    refusal(archives.unpack, path, tmp_path / "other")
    assert not (tmp_path / "other").exists() and not list(tmp_path.glob("*.tmp"))
    pack(path, {"1.pgm": pgm(1)})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))
    assert "GB free to unpack it to" in refusal(archives.unpack, path, tmp_path / "unpacked")
    assert unpacked(images) == {"1.pgm", "2.pgm"}


def test_two_members_of_one_name_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "w") as archive:
        for number in (1, 2, 3, 4):
            archive.writestr("a.txt" if number > 2 else "1.pgm", pgm(number))
    assert "expected one image of each name, found '1.pgm' 2 times" in refusal(groups_of, "folder", path)


# ---------------------------------------------------------------------------------------- broken archives


@pytest.mark.parametrize("file", ENDINGS)
def test_a_cut_off_archive_is_refused(tmp_path, file):
    """As `kind: folder`, where no count tells that images are missing."""
    data = pack(tmp_path / file, five("top/")).read_bytes()
    # tar pads its end with zeros up to 10,240 bytes
    end = data.rindex(pgm(11)[-64:]) + 1000 if file == "a.tar" else len(data)
    for length in sorted({*range(0, end, max(1, end // 60)), end - 1}):
        (tmp_path / file).write_bytes(data[:length])
        assert file in refusal(groups_of, "folder", tmp_path / file)


@pytest.mark.parametrize("file", ["a.zip", "a.tgz", "a.tar.bz2", "a.tar.xz"])
def test_a_damaged_archive_is_refused_or_read_as_it_was(tmp_path, monkeypatch, file):
    shrink(monkeypatch)
    data = pack(tmp_path / file, five("top/")).read_bytes()
    good, refused = everything("bossbase", tmp_path / file), 0
    for position in range(0, len(data), max(1, len(data) // 150)):
        (tmp_path / file).write_bytes(data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :])
        try:
            assert everything("bossbase", tmp_path / file) == good
        except DataError as error:
            assert re.match(rf"{tmp_path}/(unpacked/)?{file}[:/]", str(error))
            refused += 1
    assert refused > 75


def test_a_damaged_tar_header_is_not_the_end(tmp_path):
    data = bytearray(pack(tmp_path / "a.tar", five("top/")).read_bytes())
    data[data.index(b"top/3.pgm")] ^= 1
    (tmp_path / "a.tar").write_bytes(data)
    assert "a damaged or cut off tar file" in refusal(groups_of, "folder", tmp_path / "a.tar")


@pytest.mark.parametrize(
    "content", [b"", b"<!DOCTYPE html><html>" * 90, b"\x1f\x8b", b"PK\x03\x04", b"BZh9", bytes(700)]
)
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    assert "a.zip: expected" in refusal(groups_of, "bossbase", tmp_path / "a.zip")


def test_an_encrypted_zip_is_refused(tmp_path):
    data = bytearray(pack(tmp_path / "a.zip", {"1.pgm": pgm(1)}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    assert "encrypted" in refusal(read, "folder", tmp_path / "a.zip", ["1"])


@pytest.mark.parametrize("file", ["a.zip", "a.tgz"])
def test_a_bad_image_is_named_by_archive_and_member(tmp_path, file):
    path = pack(tmp_path / file, {"top/1.pgm": pgm(1), "top/2.pgm": pgm(2)[:-1]})
    assert f"/{file}/top/2.pgm: expected 64 bytes" in refusal(read, "folder", path, ["top__2"])


@pytest.mark.parametrize("file", ["a.zip", "a.tgz"])
def test_a_member_that_would_fill_the_disk_is_refused(tmp_path, monkeypatch, file):
    monkeypatch.setattr(folder, "IMAGE_BYTES", 2**20)
    path = pack(tmp_path / file, {"1.pgm": bytes(2**20 + 1)})
    assert "1.pgm: expected an image below 1 MiB" in refusal(read, "folder", path, ["1"])


# ---------------------------------------------------------------------------------------- hostile archives


@pytest.mark.parametrize("file", ["a.zip", "a.tgz"])
@pytest.mark.parametrize("bad", ["../../evil", "/tmp/evil", "top/../../../evil", "..\\..\\evil", "./../evil", "\\evil"])
def test_paths_that_lead_out_are_refused(tmp_path, file, bad):
    path = pack(tmp_path / file, {f"{bad}.pgm": pgm(0), "top/1.pgm": pgm(1)})
    message = refusal(groups_of, "folder", path)
    assert "expected paths that stay inside the archive, got" in message and "pack it again" in message
    assert not [file for file in tmp_path.parent.rglob("*evil*") if file.is_file()]


LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE)


@pytest.mark.parametrize("kind", LINKS)
def test_links_and_devices_of_a_tar_are_refused_as_images(tmp_path, kind):
    """Left out in silence they would be missing covers, or covers of another file."""
    (tmp_path / "secret.pgm").write_bytes(pgm(0))
    links = [tar_info("top/2.pgm", kind, str(tmp_path / "secret.pgm")), tar_info("top/6.pgm", tarfile.DIRTYPE)]
    path = pack(tmp_path / "a.tgz", {"top/1.pgm": pgm(1)}, links)
    assert "expected images that are files, got 'top/2.pgm', a link" in refusal(groups_of, "folder", path)
    harmless = [tar_info("top/latest", kind, "1.pgm"), *links[1:]]
    assert set(groups_of("folder", pack(tmp_path / "b.tgz", {"top/1.pgm": pgm(1)}, harmless))) == {"top__1"}


def test_links_of_a_zip_are_refused_as_images(tmp_path):
    path = pack(tmp_path / "a.zip", {"top/1.pgm": pgm(1), "top/3.pgm/": b""})
    assert set(groups_of("folder", path)) == {"top__1"}
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("top/2.pgm")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "expected images that are files, got 'top/2.pgm', a link" in refusal(groups_of, "folder", path)


@pytest.mark.parametrize("file", ["a.zip", "a.tgz", "a.tar.bz2", "a.tar.xz"])
def test_an_archive_that_unpacks_to_far_more_than_photographs_do_is_refused(tmp_path, monkeypatch, file):
    path = pack(tmp_path / file, {"top/1.pgm": pgm(1), "top/zeros.bin": bytes(2**21)})
    assert set(groups_of("folder", path)) == {"top__1"}
    monkeypatch.setattr(archives, "HARMLESS_BYTES", 2**20)
    path.touch()
    message = refusal(groups_of, "folder", path)
    assert "bytes unpacked from" in message and "'top/zeros.bin'" in message


@pytest.mark.parametrize("file", ["a.zip", "a.tgz"])
def test_an_absurd_number_of_members_is_refused(tmp_path, monkeypatch, file):
    path = pack(tmp_path / file, five("top/"))
    monkeypatch.setattr(archives, "MEMBERS", 5)
    assert "expected at most 5 members" in refusal(groups_of, "folder", path)


def test_an_extended_header_that_would_fill_the_memory_is_refused(tmp_path):
    path = pack(tmp_path / "a.tar", {"top/1.pgm": pgm(1)}, [tar_info("pax", tarfile.XHDTYPE, size=2**30)])
    assert "an extended header of 1,073,741,824 bytes" in refusal(groups_of, "folder", path)


@pytest.mark.parametrize("file", ["a.zip", "a.tgz", "a.tar.bz2"])
def test_an_archive_is_checked_to_its_last_byte(tmp_path, file):
    """What a download is held to before it gets its name: a flipped bit of a member that nobody asked for."""
    path = pack(tmp_path / file, five("top/"))
    assert archives.check(path) == 5
    data = bytearray(path.read_bytes())
    # neither bzip2's nor gzip's blocks have slack; of a zip a byte of the last member's data is hit
    position = data.rindex(b"PK\x03\x04") + 60 if file == "a.zip" else len(data) * 3 // 4
    data[position] ^= 0x10
    path.write_bytes(data)
    assert "fetch it again" in refusal(archives.check, path)
    assert "found none" in refusal(archives.check, pack(tmp_path / "b.zip", {"a.txt": b"", "b.bin": b"x"}))
