"""`stegdata.shards`: plain HDF5, whole or not at all, the same pairs the same bytes."""

import hashlib
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from stegdata import pairs, shards
from stegdata.errors import DataError
from stegdata.formats import images

ROOT = Path(__file__).resolve().parents[1]
NAMES = ["1", "10", "2", "Ä__patient-7", "写真"]
ATTRIBUTES = {
    "source": "bossbase",
    "embedder": "suniward",
    "version": 1,
    "payload": 0.4,
    "unit": "bpp",
    "split": "train",
    "seed": 3,
    "resize": "matlab",
    "numpy": "2.0",
}


def embed(name, cover):
    """Flip the lowest bit of the first pixels, of more of them the longer the name."""
    stego = cover.copy()
    stego.flat[: len(name)] ^= 1
    return stego, len(name) / cover.size, 2.0 * len(name)


def fill(folder, names=tuple(NAMES), size=(16, 16), seed=0):
    folder.mkdir(parents=True, exist_ok=True)
    covers = np.random.default_rng(seed).integers(0, 256, (len(names), *size), dtype=np.uint8)
    for name, cover in zip(names, covers, strict=True):
        images.write_pgm(folder / f"{name}.pgm", cover)
    return covers


def build(tmp_path, name="train-000.h5", folder="covers", **attributes):
    shards.build(tmp_path / name, pairs.from_pgm(tmp_path / folder, embed), ATTRIBUTES | attributes)
    return tmp_path / name


@pytest.fixture
def shard(tmp_path):
    fill(tmp_path / "covers")
    return build(tmp_path)


def refusal(call, *arguments):
    with pytest.raises(DataError) as caught:
        call(*arguments)
    message = str(caught.value)
    assert "expected" in message and "got" in message and "\n" not in message
    return message


def run_python(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


# ---------------------------------------------------------------------------------------- written and read


def test_what_is_built_is_read(tmp_path, shard):
    read = shards.read(shard)
    covers = dict(zip(NAMES, fill(tmp_path / "covers"), strict=True))
    assert read.names.tolist() == sorted(NAMES) and read.names.dtype.kind == "U"
    for i, name in enumerate(read.names):
        stego, rate, bits = embed(name, covers[name])
        assert np.array_equal(read.cover[i], covers[name]) and np.array_equal(read.stego[i], stego)
        assert read.change_rate[i] == rate and read.entropy_bits[i] == bits and read.elements[i] == covers[name].size
    assert read.attributes == ATTRIBUTES and read.planes == {}
    assert read.change_rate.dtype == read.entropy_bits.dtype == np.float64 and read.elements.dtype == np.int64


def test_images_are_mapped_and_cannot_be_written(shard):
    read = shards.read(str(shard))
    for part in (read.cover, read.stego):
        assert isinstance(part, np.memmap) and part.dtype == np.uint8 and part.shape == (5, 16, 16)
        with pytest.raises(ValueError, match="read-only"):
            part[0, 0, 0] = 1


def test_plain_h5py_reads_it(shard):
    with h5py.File(shard) as file:
        assert set(file) == {"cover", "stego", "name", "change_rate", "entropy_bits", "elements"}
        assert file["name"].asstr()[...].tolist() == sorted(NAMES)
        assert h5py.check_string_dtype(file["name"].dtype).encoding == "utf-8"
        assert dict(file.attrs) == ATTRIBUTES
        for key in file:
            assert file[key].chunks is None and file[key].compression is None and file[key].id.get_offset() > 0
        cover = file["cover"][...]
        assert cover.dtype == np.uint8 and np.array_equal(cover, shards.read(shard).cover)


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
    shards.build(tmp_path / "again.h5", pairs.from_pgm(tmp_path / "covers", embed), reordered)
    assert listed and shards.sha256(tmp_path / "again.h5") == first
    code = "import sys, test_shards as t, pathlib; t.build(pathlib.Path(sys.argv[1]), 'third.h5')"
    result = run_python(f"import sys; sys.path.insert(0, 'tests'); {code}", tmp_path)
    assert result.returncode == 0, result.stderr
    assert shards.sha256(tmp_path / "third.h5") == first


def test_another_attribute_or_pixel_gives_other_bytes(tmp_path, shard):
    hashes = {shards.sha256(shard), shards.sha256(build(tmp_path, "b.h5", seed=4))}
    fill(tmp_path / "others", seed=1)
    assert len(hashes | {shards.sha256(build(tmp_path, "c.h5", "others"))}) == 3


# ---------------------------------------------------------------------------------------- refused


def test_a_stego_equal_to_its_cover_is_refused(tmp_path):
    fill(tmp_path / "covers")
    found = pairs.from_pgm(tmp_path / "covers", lambda n, c: embed("" if n == "2" else n, c))
    nothing = refusal(shards.build, tmp_path / "a.h5", found, ATTRIBUTES)
    assert "a.h5: expected a change in every stego, got 2 equal to its cover" in nothing
    assert not (tmp_path / "a.h5").exists()


def test_covers_of_unequal_size_are_refused(tmp_path):
    fill(tmp_path / "covers", ["1", "2"])
    fill(tmp_path / "covers", ["3"], size=(16, 17))
    message = refusal(shards.build, tmp_path / "a.h5", pairs.from_pgm(tmp_path / "covers", embed), ATTRIBUTES)
    assert "a.h5: expected covers of 16x16 pixels as 1 is, got 16x17 of 3" in message
    assert not (tmp_path / "a.h5").exists()


def test_no_pairs_are_refused(tmp_path):
    assert "a.h5: expected pairs, got none" in refusal(shards.build, tmp_path / "a.h5", iter([]), ATTRIBUTES)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cover", [np.zeros((16, 16), np.uint16), np.zeros((16, 16, 3), np.uint8), np.zeros((16, 16))])
@pytest.mark.parametrize("place", [0, 1])
def test_covers_that_are_no_grey_bytes_are_refused(tmp_path, cover, place):
    good = np.zeros((16, 16), np.uint8)
    found = [pairs.Pair(str(i), one, one + 1, 0.1, 1.0, 256) for i, one in enumerate([good, good])]
    found[place] = pairs.Pair("odd", cover, cover + 1, 0.1, 1.0, 256)
    assert f"expected a cover of uint8 [height, width], got {cover.dtype}" in refusal(
        shards.build, tmp_path / "a.h5", found, ATTRIBUTES
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("total", [1, 4, 6])
def test_more_or_fewer_pairs_than_said_are_refused(tmp_path, total):
    fill(tmp_path / "covers")
    with pytest.raises(DataError, match=rf"a\.h5: expected {total} pairs, got 5: make the covers again"):
        shards.build(tmp_path / "a.h5", pairs.from_pgm(tmp_path / "covers", embed), ATTRIBUTES, total=total)
    assert [file.name for file in tmp_path.iterdir()] == ["covers"]


def test_pairs_that_end_in_an_error_leave_nothing(tmp_path):
    def fails(name, cover):
        if name == "2":
            raise ValueError("message of 9 bits is above the capacity of 8 bits")
        return embed(name, cover)

    fill(tmp_path / "covers")
    with pytest.raises(DataError, match=r"covers/2\.pgm: message of 9 bits is above the capacity"):
        shards.build(tmp_path / "a.h5", pairs.from_pgm(tmp_path / "covers", fails), ATTRIBUTES)
    assert [file.name for file in tmp_path.iterdir()] == ["covers"]


@pytest.mark.parametrize("spoil", [lambda s: s[:8], lambda s: s.astype(np.int16), lambda s: s[None]])
def test_a_stego_of_another_kind_names_the_cover(tmp_path, spoil):
    fill(tmp_path / "covers")

    def bad(name, cover):
        stego, *rest = embed(name, cover)
        return (spoil(stego) if name == "10" else stego, *rest)

    message = refusal(shards.build, tmp_path / "a.h5", pairs.from_pgm(tmp_path / "covers", bad), ATTRIBUTES)
    assert "a.h5: expected a stego like its cover 10, uint8 [16, 16], got" in message


def test_shapes_that_disagree_are_refused(tmp_path, shard):
    good = vars(shards.read(shard))
    for key in ("stego", "names", "change_rate", "entropy_bits", "elements"):
        assert "a.h5" in refusal(shards.write, tmp_path / "a.h5", shards.Shard(**good | {key: good[key][1:]}))
    assert "a.h5" in refusal(
        shards.write,
        tmp_path / "a.h5",
        shards.Shard(**{k: good[k][:0] for k in good if k not in ("attributes", "planes")}, attributes={}),
    )
    assert not (tmp_path / "a.h5").exists()


# ---------------------------------------------------------------------------------------- broken files


def test_a_missing_shard_names_the_command(tmp_path):
    assert f"run `snakemake {tmp_path / 'a.h5'}`" in refusal(shards.read, tmp_path / "a.h5")


def test_every_truncation_is_refused(tmp_path, shard):
    data = shard.read_bytes()
    for length in sorted({0, 1, 7, 8, 100, 800, 2048, len(data) // 2, len(data) - 300, len(data) - 1}):
        (tmp_path / "cut.h5").write_bytes(data[:length])
        assert "cut.h5: expected a whole shard" in refusal(shards.read, tmp_path / "cut.h5")


@pytest.mark.parametrize("content", [b"", b"P5\n1 1\n255\n0", b"<html>" * 1000, bytes(5000), None])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "a.h5").write_bytes(content) if content is not None else (tmp_path / "a.h5").mkdir()
    assert "a.h5: expected a whole shard" in refusal(shards.read, tmp_path / "a.h5")


@pytest.mark.parametrize("spoil", ["missing", "group", "text", "float", "flat", "short", "numbers"])
def test_hdf5_that_is_no_shard_is_refused(tmp_path, shard, spoil):
    pixels = shards.read(shard).cover
    with h5py.File(shard, "r+") as file:
        key = "name" if spoil == "numbers" else "stego"
        del file[key]
        if spoil == "group":
            file.create_group(key)
        elif spoil != "missing":
            file[key] = {
                "text": "no pixels",
                "float": pixels.astype(np.float32),
                "flat": pixels.reshape(5, -1),
                "short": pixels[:4],
                "numbers": np.arange(5),
            }[spoil]
    assert "train-000.h5: expected" in refusal(shards.read, shard)
