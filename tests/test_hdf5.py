"""`stegdata.hdf5`: the bytes that HDF5 writes of whole arrays, row by row; whole or not at all."""

import errno
import os
import random

import h5py
import numpy as np
import pytest
from making_shards import altered, build, fill
from processes import run_python
from refusals import refusal

from stegdata import hdf5, shards
from stegdata.errors import DataError


def naive(path, columns):
    """The same data sets in one go."""
    with path.open("wb+") as output, h5py.File(output, "w") as file:
        for key, values in columns.items():
            file.create_dataset(key, data=np.stack(values), track_times=False)
        file.attrs[hdf5.DIGEST] = hdf5.digest(file)


def write(path, columns):
    count = len(next(iter(columns.values())))
    with hdf5.create(path, count) as rows:
        for i in range(count):
            rows.append({key: values[i] for key, values in columns.items()})


@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize("shape", [(3, 4), (64, 64), ()])
@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.int64])
def test_bytes_are_those_of_whole_arrays(tmp_path, count, shape, dtype):
    generator = np.random.default_rng(1)
    columns = {key: generator.integers(0, 99, (count, *shape)).astype(dtype) for key in ("b", "a")}
    columns["rate"] = generator.random(count)
    write(tmp_path / "rows.h5", columns)
    naive(tmp_path / "naive.h5", columns)
    assert (tmp_path / "rows.h5").read_bytes() == (tmp_path / "naive.h5").read_bytes()


def test_a_row_that_is_a_view_is_written_in_its_order(tmp_path):
    plane = np.arange(12, dtype=np.int16).reshape(3, 4)
    write(tmp_path / "a.h5", {"turned": [plane.T, plane.T[::-1]]})
    with h5py.File(tmp_path / "a.h5") as file:
        assert np.array_equal(file["turned"], [plane.T, plane.T[::-1]])


def test_an_error_in_the_block_leaves_what_was_there(tmp_path):
    (tmp_path / "a.h5").write_text("before")
    with pytest.raises(ZeroDivisionError), hdf5.create(tmp_path / "a.h5", 2) as rows:
        rows.append({"x": np.ones(3)})
        _ = 1 / 0
    assert [file.name for file in tmp_path.iterdir()] == ["a.h5"] and (tmp_path / "a.h5").read_text() == "before"


@pytest.mark.parametrize("rows", [1, 3])
def test_more_or_fewer_rows_than_said_are_refused(tmp_path, rows):
    with pytest.raises(DataError, match=r"a\.h5: expected 2 rows.*, got"), hdf5.create(tmp_path / "a.h5", 2) as file:
        for _ in range(rows):
            file.append({"x": np.ones(3)})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("odd", [{"x": np.ones(4)}, {"x": np.ones(3, np.uint8)}, {"x": 1.0}, {}, {"y": np.ones(3)}])
def test_a_row_unlike_the_first_is_refused(tmp_path, odd):
    with (
        pytest.raises(DataError, match=r"a\.h5: expected 2 rows of .*as row 2"),
        hdf5.create(tmp_path / "a.h5", 2) as rows,
    ):
        rows.append({"x": np.ones(3)})
        rows.append(odd)
    assert not list(tmp_path.iterdir())


def test_no_folder_is_one_line(tmp_path):
    refused = pytest.raises(DataError, match=r"none/a\.h5: expected to write this file, got No such file")
    with refused, hdf5.create(tmp_path / "none" / "a.h5", 1):
        pass


FULL = """
import sys
import numpy as np
from processes import leave_room
from stegdata import hdf5
leave_room(int(sys.argv[2]))
taken = 0
try:
    with hdf5.create(sys.argv[1], 100) as rows:
        for taken in range(100):
            rows.append({"image": np.full((64, 64), taken, np.uint8), "number": np.int64(taken)})
except ValueError as error:
    print(taken, type(error).__name__, error)
"""


@pytest.mark.parametrize(("room", "rows"), [(0, 0), (1000, 0), (20_000, 5), (410_000, 99)])
def test_a_full_disk_ends_at_once_and_well(tmp_path, room, rows):
    done = run_python(FULL, tmp_path / "a.h5", room)
    assert done.returncode == 0 and done.stderr == ""
    taken, rest = done.stdout.split(maxsplit=1)
    assert int(taken) <= rows
    assert "DataError" in rest and "a.h5: expected to write this file, got File too large" in rest
    assert not list(tmp_path.iterdir())


INTERRUPTED = """
import io, signal, sys
import numpy as np
from stegdata import hdf5

class Disk(io.FileIO):
    written = 0

    def write(self, data):
        Disk.written += 1
        if Disk.written == int(sys.argv[2]):
            signal.raise_signal(signal.SIGINT)
        return super().write(data)

hdf5._Output.__bases__ = (Disk,)
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with hdf5.create(sys.argv[1], 20) as rows:
        for number in range(20):
            rows.append({"image": np.full((64, 64), number, np.uint8), "number": np.int64(number)})
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("write", [1, 2, 21, 41, 44, 47])
def test_ctrl_c_in_a_write_of_hdf5_ends_well(tmp_path, write):
    done = run_python(INTERRUPTED, tmp_path / "a.h5", write)
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------------------------------- opened


def opened(path):
    """Read a file as those do that know what should be in it."""
    with hdf5.opened(path, "a shard") as file:
        return hdf5.memory_map(path, file["x"])


@pytest.fixture
def path(tmp_path):
    write(tmp_path / "a.h5", {"x": np.arange(6.0).reshape(2, 3)})
    return tmp_path / "a.h5"


def test_a_data_set_is_mapped_wherever_it_was_written(path):
    with altered(path) as file:
        file.create_dataset("chunked", data=file["x"][...], chunks=(1, 3), compression="gzip")
    with hdf5.opened(path, "a shard") as file:
        assert np.array_equal(opened(path), hdf5.memory_map(path, file["chunked"]))
    assert isinstance(opened(path).base, np.memmap) and not opened(path).flags.writeable


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EAGAIN, errno.ENOLCK, errno.EIO, errno.ESTALE])
@pytest.mark.parametrize("at", ["pathlib.Path.open", "h5py.File"])
def test_a_file_that_cannot_be_opened_is_not_to_be_deleted(path, monkeypatch, at, number):
    def fails(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(at, fails)
    message = refusal(opened, path)
    assert message.startswith(f"{path}: expected to read a shard, got {os.strerror(number)}: check permission, locks")
    assert "delete" not in message


@pytest.mark.parametrize("other", [{"mode": "r"}, {"mode": "r+"}, {"mode": "r+", "locking": False}])
def test_a_file_that_is_open_elsewhere_is_read_or_not_to_be_deleted(path, other):
    with h5py.File(path, **other):
        try:
            assert np.array_equal(opened(path), np.arange(6.0).reshape(2, 3))
        except DataError as error:
            assert "expected to read a shard, got" in str(error) and "delete" not in str(error)


def test_a_missing_file_is_to_be_made(tmp_path):
    message = refusal(opened, tmp_path / "a.h5")
    assert f"expected a shard, found no file: check the path, or make it: `snakemake {tmp_path / 'a.h5'}`" in message
    assert "delete" not in message


@pytest.mark.parametrize("broken", ["cut", "empty", "text", "zeros", "header", "foreign", "group"])
def test_a_broken_file_is_to_be_deleted_and_made_again(path, broken):
    content = path.read_bytes()
    if broken in ("foreign", "group"):
        with h5py.File(path, "w") as file:
            file.create_group("x" if broken == "group" else "y")
    else:
        contents = {"cut": content[:-20], "empty": b"", "text": b"<html>" * 999, "zeros": bytes(5000)}
        path.write_bytes((contents | {"header": content[:8] + b"\xff" * 8 + content[16:]})[broken])
    message = refusal(opened, path)
    assert message.startswith(f"{path}: expected a shard, whole, got ")
    assert message.endswith(f": delete it and run `snakemake {path}`")


def test_an_error_of_the_block_keeps_its_words(path):
    with pytest.raises(DataError, match=r"^mine$"), hdf5.opened(path, "a shard"):
        raise DataError("mine")


# ---- bits that changed after writing


@pytest.fixture
def whole(tmp_path):
    """A small shard, as bytes."""
    fill(tmp_path / "covers")
    return build(tmp_path).read_bytes()


def same(one, other):
    """Whether two shards are read alike, to the last bit."""
    arrays = [(getattr(one, name), getattr(other, name)) for name in ("cover", "stego", "names", "change_rate")]
    arrays += [(one.entropy_bits, other.entropy_bits), (one.elements, other.elements)]
    arrays += [(one.planes[name], other.planes[name]) for name in one.planes.keys() | other.planes.keys()]
    return one.attributes == other.attributes and all(a.tobytes() == b.tobytes() for a, b in arrays)


def test_no_flipped_bit_is_read_as_data(tmp_path, whole):
    """Anywhere in the file; where it is refused not, it lies between what HDF5 uses."""
    (tmp_path / "well.h5").write_bytes(whole)
    well, draw, refused = shards.read(tmp_path / "well.h5"), random.Random(7), 0
    for trial in range(300):
        damaged = bytearray(whole)
        damaged[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        path = tmp_path / f"{trial}.h5"
        path.write_bytes(damaged)
        try:
            assert same(shards.read(path), well)
        except DataError as error:
            assert str(path) in str(error) and "run `snakemake" in str(error)
            refused += 1
    assert refused > 80


def test_a_changed_pixel_is_told(tmp_path, whole):
    (tmp_path / "a.h5").write_bytes(whole)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["stego"][0, 0, 0] ^= 1
    message = refusal(shards.read, tmp_path / "a.h5")
    assert "a.h5: expected a shard with digest" in message and "it was changed since it was written; delete" in message


def test_what_carries_no_digest_is_refused(tmp_path, whole):
    (tmp_path / "a.h5").write_bytes(whole)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file.attrs[hdf5.DIGEST]
    assert "got one without a digest, of another tool or an old version" in refusal(shards.read, tmp_path / "a.h5")


def test_a_file_is_hashed_once_a_process_and_again_where_it_changed(tmp_path, whole, monkeypatch):
    hashed = []
    digest = hdf5.digest
    monkeypatch.setattr(hdf5, "digest", lambda file: hashed.append(file) or digest(file))
    path = tmp_path / "a.h5"
    path.write_bytes(whole)
    shards.read(path), shards.read(path)
    assert len(hashed) == 1
    path.write_bytes(whole)
    shards.read(path)
    assert len(hashed) == 2


def test_data_sets_that_are_said_to_be_larger_than_the_file_are_not_read(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("cover", (1 << 30, 1 << 10), np.uint8)  # no room is taken before it is written
    assert "data sets that are larger than the file" in refusal(shards.read, tmp_path / "a.h5")
