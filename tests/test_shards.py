"""`stegdata.shards`: plain HDF5, whole or not at all, the same pairs the same bytes."""

import hashlib
import signal
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from making_shards import ATTRIBUTES, NAMES, altered, build, embed, fill, pairs_of
from processes import run_python
from refusals import refusal

from stegdata import hdf5, shards
from stegdata.errors import DataError
from stegdata.files import sha256
from stegdata.pairs import Pair


@pytest.fixture
def shard(tmp_path):
    fill(tmp_path / "covers")
    return build(tmp_path)


# ---------------------------------------------------------------------------------------- written and read


def test_what_is_built_is_read(tmp_path, shard):
    read = shards.read(shard)
    covers = dict(zip(NAMES, fill(tmp_path / "covers"), strict=True))
    assert read.names.tolist() == sorted(NAMES) and read.names.dtype.kind == "U"
    for i, name in enumerate(read.names):
        made = embed(name, covers[name])
        assert np.array_equal(read.cover[i], covers[name]) and np.array_equal(read.stego[i], made.stego)
        assert read.change_rate[i] == made.change_rate and read.entropy_bits[i] == made.entropy_bits
        assert read.elements[i] == covers[name].size
    assert read.attributes == ATTRIBUTES and read.planes == {}
    assert read.change_rate.dtype == read.entropy_bits.dtype == np.float64 and read.elements.dtype == np.int64


def test_images_are_mapped_and_cannot_be_written(shard):
    read = shards.read(str(shard))
    for part in (read.cover, read.stego):
        assert isinstance(part.base, np.memmap) and part.dtype == np.uint8 and part.shape == (5, 16, 16)
        with pytest.raises(ValueError, match="read-only"):
            part[0, 0, 0] = 1


def test_plain_h5py_reads_it(shard):
    read = shards.read(shard)
    with h5py.File(shard) as file:
        assert set(file) == {"cover", "stego", "name", "change_rate", "entropy_bits", "elements"}
        assert file["name"].asstr()[...].tolist() == sorted(NAMES)
        assert h5py.check_string_dtype(file["name"].dtype).encoding == "utf-8"
        assert dict(file.attrs) == ATTRIBUTES | {"sha256": hdf5.digest(file)}
        for key in file:
            assert file[key].chunks is None and file[key].compression is None and file[key].id.get_offset() > 0
        cover = file["cover"][...]
        assert cover.dtype == np.uint8 and np.array_equal(cover, read.cover)


def test_a_shard_rewritten_with_compression_reads_the_same(tmp_path, shard):
    read = shards.read(shard)
    with h5py.File(shard) as file, h5py.File(tmp_path / "small.h5", "w") as other:
        for key in file:
            other.create_dataset(key, data=file[key][...], dtype=file[key].dtype, compression="gzip")
        other.attrs.update(file.attrs)
    again = shards.read(tmp_path / "small.h5")
    assert np.array_equal(again.cover, read.cover) and np.array_equal(again.stego, read.stego)
    assert np.array_equal(again.names, read.names) and again.attributes == read.attributes


def test_the_same_pairs_give_the_same_bytes(tmp_path, monkeypatch, shard):
    first = hashlib.sha256(shard.read_bytes()).hexdigest()
    monkeypatch.setattr("time.time", lambda: 2e9)
    reordered = dict(reversed(ATTRIBUTES.items()))
    listed, glob = [], Path.glob
    monkeypatch.setattr(Path, "glob", lambda *a: listed.append(1) or iter(sorted(glob(*a), reverse=True)))
    shards.build(tmp_path / "again.h5", pairs_of(tmp_path / "covers", embed), reordered)
    assert listed and sha256(tmp_path / "again.h5") == first
    result = run_python(
        "import sys, making_shards as m, pathlib; m.build(pathlib.Path(sys.argv[1]), 'third.h5')", tmp_path
    )
    assert result.returncode == 0, result.stderr
    assert sha256(tmp_path / "third.h5") == first


def test_another_attribute_or_pixel_gives_other_bytes(tmp_path, shard):
    hashes = {sha256(shard), sha256(build(tmp_path, "b.h5", seed=4))}
    fill(tmp_path / "others", seed=1)
    assert len(hashes | {sha256(build(tmp_path, "c.h5", "others"))}) == 3


# ---------------------------------------------------------------------------------------- refused


def test_a_stego_equal_to_its_cover_is_refused(tmp_path):
    fill(tmp_path / "covers")
    found = pairs_of(tmp_path / "covers", lambda name, cover: embed("" if name == "2" else name, cover))
    nothing = refusal(shards.build, tmp_path / "a.h5", found, ATTRIBUTES)
    assert "a.h5: expected a change in every stego, got 2 equal to its cover" in nothing
    assert not (tmp_path / "a.h5").exists()


def test_covers_of_unequal_size_are_refused(tmp_path):
    fill(tmp_path / "covers", ["1", "2"])
    fill(tmp_path / "covers", ["3"], size=(16, 17))
    message = refusal(shards.build, tmp_path / "a.h5", pairs_of(tmp_path / "covers", embed), ATTRIBUTES)
    assert "rows of cover uint8 [16, 16], stego uint8 [16, 16], " in message
    assert ", got cover uint8 [16, 17], " in message and "as row 3 of 3: make it again" in message
    assert not (tmp_path / "a.h5").exists()


def test_no_pairs_are_refused(tmp_path):
    assert "a.h5: expected pairs, got none" in refusal(shards.build, tmp_path / "a.h5", iter([]), ATTRIBUTES)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cover", [np.zeros((16, 16), np.uint16), np.zeros((16, 16, 3), np.uint8), np.zeros((16, 16))])
@pytest.mark.parametrize("place", [0, 1])
def test_covers_that_are_no_grey_bytes_are_refused(tmp_path, cover, place):
    good = np.zeros((16, 16), np.uint8)
    found = [Pair(str(i), one, one + 1, 0.1, 1.0, 256) for i, one in enumerate([good, good])]
    found[place] = Pair("odd", cover, cover + 1, 0.1, 1.0, 256)
    assert f"expected a cover of uint8 [height, width], got {cover.dtype}" in refusal(
        shards.build, tmp_path / "a.h5", found, ATTRIBUTES
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("total", [1, 4, 6])
def test_more_or_fewer_pairs_than_said_are_refused(tmp_path, total):
    fill(tmp_path / "covers")
    with pytest.raises(DataError, match=rf"a\.h5: expected {total} pairs, got 5: make the covers again"):
        shards.build(tmp_path / "a.h5", pairs_of(tmp_path / "covers", embed), ATTRIBUTES, total=total)
    assert [file.name for file in tmp_path.iterdir()] == ["covers"]


def test_pairs_that_end_in_an_error_leave_nothing(tmp_path):
    def fails(name, cover):
        if name == "2":
            raise ValueError("message of 9 bits is above the capacity of 8 bits")
        return embed(name, cover)

    fill(tmp_path / "covers")
    with pytest.raises(DataError, match=r"covers/2\.pgm: message of 9 bits is above the capacity"):
        shards.build(tmp_path / "a.h5", pairs_of(tmp_path / "covers", fails), ATTRIBUTES)
    assert [file.name for file in tmp_path.iterdir()] == ["covers"]


@pytest.mark.parametrize("spoil", [lambda s: s[:8], lambda s: s.astype(np.int16), lambda s: s[None]])
def test_a_stego_of_another_kind_names_the_cover(tmp_path, spoil):
    fill(tmp_path / "covers")

    def bad(name, cover):
        made = embed(name, cover)
        return replace(made, stego=spoil(made.stego)) if name == "10" else made

    message = refusal(shards.build, tmp_path / "a.h5", pairs_of(tmp_path / "covers", bad), ATTRIBUTES)
    assert "a.h5: expected a stego like its cover 10, uint8 [16, 16], got" in message


# ---------------------------------------------------------------------------------------- broken files


def test_every_truncation_is_refused(tmp_path, shard):
    data = shard.read_bytes()
    for length in sorted({0, 1, 7, 8, 100, 800, 2048, len(data) // 2, len(data) - 300, len(data) - 1}):
        (tmp_path / "cut.h5").write_bytes(data[:length])
        assert "cut.h5: expected a shard, whole, got " in refusal(shards.read, tmp_path / "cut.h5")


@pytest.mark.parametrize("spoil", ["missing", "group", "text", "float", "flat", "numbers", "empty"])
def test_hdf5_that_is_no_shard_is_refused(shard, spoil):
    pixels = shards.read(shard).cover
    with h5py.File(shard, "r+") as file:
        key = "name" if spoil == "numbers" else "stego"
        del file[key]
        if spoil == "group":
            file.create_group(key)
        elif spoil == "empty":
            file[key] = pixels
            for name, values in {name: file.pop(name)[:0] for name in list(file)}.items():
                file[name] = values
        elif spoil != "missing":
            file[key] = {
                "text": "no pixels",
                "float": pixels.astype(np.float32),
                "flat": pixels.reshape(5, -1),
                "numbers": np.arange(5),
            }[spoil]
    assert "train-000.h5: expected" in refusal(shards.read, shard)


@pytest.mark.parametrize("key", ["cover", "stego", "name", "change_rate", "entropy_bits", "elements"])
def test_a_row_too_few_is_refused(shard, key):
    with altered(shard) as file:
        values, kind = file[key][1:], file[key].dtype
        del file[key]
        file.create_dataset(key, data=values, dtype=kind)
    assert "train-000.h5: expected covers and stegos uint8 [n, size, size] with n names" in refusal(shards.read, shard)


# ---------------------------------------------------------------------------------------- whole or not at all

KILL = """
import sys
from pathlib import Path
import making_shards, processes
Path.replace = processes.die
making_shards.build(Path(sys.argv[1]), seed=99)
"""


@pytest.mark.parametrize("there", [True, False])
def test_kill_before_the_rename_leaves_what_was_there(tmp_path, there):
    fill(tmp_path / "covers")
    before = build(tmp_path).read_bytes() if there else None
    result = run_python(KILL, tmp_path)
    assert result.returncode == -signal.SIGKILL, result.stderr
    path = tmp_path / "train-000.h5"
    assert (path.read_bytes() if path.exists() else None) == before
    left = [file.name for file in tmp_path.iterdir() if file.name.endswith(".tmp")]
    assert len(left) == 1 and left[0].startswith(".train-000.h5.")
    build(tmp_path, seed=99)
    assert shards.read(path).attributes["seed"] == 99


FULL = """
import sys
from pathlib import Path
import making_shards, processes
processes.leave_room(int(sys.argv[2]))
making_shards.build(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("room", [0, 1000, 3000])
def test_a_full_disk_leaves_nothing(tmp_path, room):
    fill(tmp_path / "covers")
    result = run_python(FULL, tmp_path, room)
    assert result.returncode == 1 and "DataError" in result.stderr.splitlines()[-1], result.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["covers"]
