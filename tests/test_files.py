"""`stegdata.files`: whole or not at all, also when killed or out of space."""

import errno
import hashlib
import os
import signal
import stat

import numpy as np
import pytest
from pictures import noise
from processes import run_python
from refusals import refusal

from stegdata.errors import DataError
from stegdata.files import HOST, atomic_folder, atomic_write, read_bytes, sha256, unreadable
from stegdata.formats import images


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.pgm"
    images.write_pgm(path, noise(3, 3))
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), atomic_write(path) as temporary:
        temporary.write_bytes(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_kill_before_the_rename_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.pgm"
    images.write_pgm(path, noise(3, 3))
    before = path.read_bytes()
    code = """
import sys
from pathlib import Path
import numpy as np
from processes import die
from stegdata.formats import images
Path.replace = die
images.write_pgm(sys.argv[1], np.zeros((3, 3), np.uint8))
"""
    assert run_python(code, path).returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    left = [file for file in tmp_path.iterdir() if file != path]
    assert len(left) == 1 and left[0].name.startswith(".a.pgm.") and left[0].suffix == ".tmp"
    images.write_pgm(path, noise(3, 3, seed=1))
    assert np.array_equal(images.read_pgm(path), noise(3, 3, seed=1))


def test_a_full_disk_leaves_nothing(tmp_path):
    code = """
import sys
import numpy as np
from processes import leave_room
from stegdata.formats import images
leave_room(5000)
images.write_pgm(sys.argv[1], np.zeros((100, 100), np.uint8))
"""
    result = run_python(code, tmp_path / "a.pgm")
    assert "DataError" in result.stderr and "File too large" in result.stderr.splitlines()[-1]
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert "Not a directory" in refusal(images.write_pgm, tmp_path / "file" / "a.pgm", noise(2, 2))
    assert "No such file" in refusal(images.write_pgm, tmp_path / "none" / "a.pgm", noise(2, 2))
    assert "a.pgm" in refusal(images.write_pgm, "/proc/1/a.pgm", noise(2, 2))
    (tmp_path / "folder").mkdir()
    refusal(images.write_pgm, tmp_path / "folder", noise(2, 2))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into read-only folders")
def test_a_read_only_folder_is_named(tmp_path):
    tmp_path.chmod(0o555)
    assert "Permission denied" in refusal(images.write_pgm, tmp_path / "a.pgm", noise(2, 2))


# ---------------------------------------------------------------------------------------- folders


def listing(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_folder_appears_when_the_block_ends(tmp_path):
    with atomic_folder(str(tmp_path / "new" / "a")) as temporary:
        (temporary / "1.pgm").write_bytes(b"one")
        assert not (tmp_path / "new" / "a").exists() and temporary.parent == tmp_path / "new"
    assert listing(tmp_path) == {"new/a/1.pgm": b"one"}
    assert [entry.name for entry in (tmp_path / "new").iterdir()] == ["a"]


def test_an_old_folder_is_replaced_whole(tmp_path):
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "deep" / "old.pgm").write_bytes(b"old")
    with atomic_folder(tmp_path / "a", replace=True) as temporary:
        (temporary / "new.pgm").write_bytes(b"new")
        assert listing(tmp_path / "a") == {"deep/old.pgm": b"old"}
    assert listing(tmp_path) == {"a/new.pgm": b"new"} and [entry.name for entry in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, DataError])
def test_an_error_leaves_the_folder_as_it_was(tmp_path, there, error):
    if there:
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "old.pgm").write_bytes(b"old")
    before = listing(tmp_path)
    with pytest.raises(error), atomic_folder(tmp_path / "a", replace=True) as temporary:
        (temporary / "new.pgm").write_bytes(b"half")
        raise error
    assert listing(tmp_path) == before and [entry.name for entry in tmp_path.iterdir()] == ["a"] * there


def test_a_disk_that_fails_is_told_with_the_folder(tmp_path):
    told = r"a: expected to write this folder, got \[Errno 28\] No space left on device"
    with pytest.raises(DataError, match=told), atomic_folder(tmp_path / "a"):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())


KILLED = """
import shutil, sys
from pathlib import Path
from processes import die
from stegdata.files import HOST, atomic_folder

def half(folder, **_):
    files = [file for file in Path(folder).glob("*") if file.name != "new"]
    if files:
        files[0].unlink()
        die()

with atomic_folder(sys.argv[1], replace=True) as temporary:
    (temporary / "new").write_bytes(b"new")
    if sys.argv[2] == "rename":
        Path.replace = die
    else:
        shutil.rmtree = half
"""


@pytest.mark.parametrize(("moment", "left"), [("rename", ["1", "2"]), ("removal", ["new"])])
def test_kill_leaves_the_old_folder_or_the_new_one(tmp_path, moment, left):
    (tmp_path / "a").mkdir()
    for name in "12":
        (tmp_path / "a" / name).write_bytes(b"old")
    assert run_python(KILLED, tmp_path / "a", moment).returncode == -signal.SIGKILL
    assert sorted(file.name for file in (tmp_path / "a").iterdir()) == left
    with atomic_folder(tmp_path / "a", replace=True) as temporary:
        (temporary / "3").write_bytes(b"3")
    assert listing(tmp_path) == {"a/3": b"3"} and [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_of_two_that_make_one_folder_the_first_to_end_wins_whole(tmp_path):
    told = r"a: expected to be the only one that writes it, got one that another"
    with pytest.raises(DataError, match=told), atomic_folder(tmp_path / "a") as slow:
        (slow / "1").write_bytes(b"slow")
        with atomic_folder(tmp_path / "a") as fast:
            (fast / "2").write_bytes(b"fast")
        assert slow.exists()
    assert listing(tmp_path) == {"a/2": b"fast"} and [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_an_old_folder_is_replaced_only_while_it_is_the_old_one(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").write_bytes(b"old")
    told = "another process wrote meanwhile"
    with pytest.raises(DataError, match=told), atomic_folder(tmp_path / "a", replace=True) as slow:
        (slow / "1").write_bytes(b"slow")
        with atomic_folder(tmp_path / "a", replace=True) as fast:
            (fast / "2").write_bytes(b"fast")
    assert listing(tmp_path) == {"a/2": b"fast"} and [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_folder_with_files_is_refused_at_the_start_unless_it_is_to_be_replaced(tmp_path):
    (tmp_path / "a").mkdir()
    with atomic_folder(tmp_path / "a") as temporary:
        (temporary / "1").write_bytes(b"one")
    told = "a: expected a new or empty folder, got one with files"
    with pytest.raises(DataError, match=told), atomic_folder(tmp_path / "a"):
        pytest.fail("the work began")
    assert listing(tmp_path) == {"a/1": b"one"}


def test_of_two_that_write_one_file_the_first_to_end_wins(tmp_path):
    with pytest.raises(DataError, match="a: expected to be the only one"), atomic_write(tmp_path / "a") as slow:
        slow.write_bytes(b"slow")
        with atomic_write(tmp_path / "a") as fast:
            fast.write_bytes(b"fast")
    assert listing(tmp_path) == {"a": b"fast"}


def test_what_is_named_like_a_left_over_and_is_not_stays(tmp_path):
    """Old folders of the user's, and temporary ones of processes that live or are of another machine."""
    names = [".a.tmp", ".a.old", ".a.0123abcd-99999999-89abcdef.tmp", f".a.{HOST}-{os.getppid()}-89abcdef.tmp"]
    for name in (*names, f".a.{HOST}-99999999-89abcdef.tmp"):
        (tmp_path / name).mkdir()
    with atomic_folder(tmp_path / "a"):
        pass
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([*names, "a"])


@pytest.mark.parametrize("place", ["file", "file/a", "link"])
def test_a_place_where_no_folder_can_be_is_named(tmp_path, place):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")

    def write():
        with atomic_folder(tmp_path / place) as temporary:
            (temporary / "1").write_bytes(b"")

    assert refusal(write).startswith(f"{tmp_path / place}: expected to write this folder")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "link", "target"]
    assert (tmp_path / "file").read_bytes() == b"x" and not list((tmp_path / "target").iterdir())


# ---------------------------------------------------------------------------------------- reading


def test_hash_and_content_are_those_of_the_file(tmp_path):
    (tmp_path / "a").write_bytes(b"some bytes")
    assert sha256(str(tmp_path / "a")) == hashlib.sha256(b"some bytes").hexdigest()
    assert read_bytes(tmp_path / "a") == b"some bytes"
    for call in (sha256, read_bytes):
        assert "none: expected " in refusal(call, tmp_path / "none")
        assert "got Is a directory" in refusal(call, tmp_path)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE, errno.EAGAIN, errno.ENOLCK])
def test_what_cannot_be_read_is_never_to_be_deleted(number):
    message = str(unreadable("a.h5", "a shard", OSError(number, os.strerror(number))))
    assert message.startswith(f"a.h5: expected to read a shard, got {os.strerror(number)}: check permission, locks and")
    assert "delete" not in message


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_cannot_flush_folders_will_do(tmp_path, monkeypatch, number):
    """As SMB, DrvFs and FUSE answer; a file that cannot be flushed is an error there too."""
    real, folders = os.fsync, [True]

    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) == folders[0]:
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_write(tmp_path / "a") as temporary:
        temporary.write_text("a")
    with atomic_folder(tmp_path / "b") as temporary:
        (temporary / "c").write_text("c")
    assert (tmp_path / "a").read_text() == "a" and (tmp_path / "b/c").read_text() == "c"
    folders[0] = False
    with pytest.raises(DataError, match="expected to write this file"), atomic_write(tmp_path / "d") as temporary:
        temporary.write_text("d")
