"""`stegdata.verify`: whatever happens to a cover, a shard or its sums is told, by name."""

import os
import shutil

import numpy as np
import pytest
from making_covers import make, photographs
from making_shards import build
from pictures import noise
from refusals import refusal

from stegdata import (
    checksums,
    covers,
    duplicates,
    exclusions,
    feature_files,
    manifest,
    probabilities,
    shards,
    sources,
    splits,
)
from stegdata.formats import images
from stegdata.names import Part, StegoSet
from stegdata.verify import Finding, verify

SIZES = {"train": 4, "val": 2, "test": 2}


@pytest.fixture
def results(tmp_path):
    """Covers as PGM and JPEG, and shards, of a source `mine`, as the workflow makes them."""
    photographs(tmp_path / "photos", count=9, height=16, width=16)
    results = tmp_path / "results"
    source, stego_set = results / "covers/mine", results / "shards/mine/suniward-0.4bpp"
    source.mkdir(parents=True)
    stego_set.mkdir(parents=True)
    groups = {str(number): str(number) for number in range(9)}
    rows = splits.assign(groups, SIZES, order="sorted", seed=1, shard_pairs=2, source="mine")
    splits.write(source / "split.tsv", rows)
    made = []
    for part in sorted({Part(row.split, row.shard) for row in rows}):
        make(tmp_path, splits.covers_of(source / "split.tsv", part), resize="crop", folder=source / str(part))
        covers.encode(source / "q75" / str(part), source / str(part), 75)
        made.append(build(stego_set, f"{part}.h5", source / str(part), source="mine", split=part.split))
    manifest.write(stego_set, made)
    (source / "train-000" / ".snakemake_timestamp").touch()
    return results


def findings_of(results):
    return [(finding.status, finding.path.relative_to(results).as_posix()) for finding in verify(results)[1]]


def flip(path, position=-1):
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def test_what_was_made_is_as_it_was_made(results):
    assert verify(results) == (8 + 8 + 5, [], [])


def test_features_are_compared_with_their_manifest(results):
    folder = results / "features/spam/mine/covers"
    folder.mkdir(parents=True)
    files = [folder / f"{part}-000.h5" for part in ("train", "val")]
    for number, file in enumerate(files):
        feature_files.write(file, [("a", {"vectors": np.full(686, number, np.float32)})], 1, {"features": "spam"})
    checksums.write(folder, files)
    assert verify(results) == (23, [], [])
    flip(files[0])
    files[1].unlink()
    assert findings_of(results) == [
        ("changed", "features/spam/mine/covers/train-000.h5"),
        ("missing", "features/spam/mine/covers/val-000.h5"),
    ]
    (folder / "SHA256SUMS").unlink()
    assert findings_of(results) == [("missing", "features/spam/mine/covers/SHA256SUMS")]


each_kind = pytest.mark.parametrize(
    "name", ["covers/mine/train-001/2.pgm", "covers/mine/q75/val-000/4.jpg", "shards/mine/suniward-0.4bpp/test-000.h5"]
)


@each_kind
@pytest.mark.parametrize("position", [0, 200, -1])
def test_one_bit_is_enough(results, name, position):
    flip(results / name, position)
    assert findings_of(results) == [("changed", name)]


@each_kind
def test_a_missing_file_is_told(results, name):
    (results / name).unlink()
    assert findings_of(results) == [("missing", name)]


@pytest.mark.parametrize(
    "name",
    [
        "covers/mine/train-001/77.pgm",
        "covers/mine/q75/val-000/.4.jpg.9.tmp",
        "shards/mine/suniward-0.4bpp/train-009.h5",
        "shards/mine/suniward-0.4bpp/notes.txt",
    ],
)
def test_an_extra_file_is_told(results, name):
    (results / name).write_bytes(b"")
    extra = [("extra", name)]
    assert findings_of(results) == extra


def test_a_file_swapped_for_another_is_changed(results):
    folder = results / "covers/mine/train-001"
    first, second = (folder / name for name in ("2.pgm", "3.pgm"))
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    assert findings_of(results) == [("changed", f"covers/mine/train-001/{name}.pgm") for name in (2, 3)]


def test_a_folder_in_place_of_a_file_is_changed(results):
    path = results / "covers/mine/train-001/2.pgm"
    path.unlink()
    path.mkdir()
    assert findings_of(results) == [("changed", "covers/mine/train-001/2.pgm")]


@pytest.mark.parametrize("name", ["covers/mine/train-001", "shards/mine/suniward-0.4bpp"])
def test_without_its_manifest_a_folder_is_not_passed(results, name):
    (results / name / "SHA256SUMS").unlink()
    assert findings_of(results) == [("missing", f"{name}/SHA256SUMS")]
    (results / name / "SHA256SUMS").write_text("nonsense\nmore\n")
    assert findings_of(results) == [("changed", f"{name}/SHA256SUMS")]


@pytest.mark.parametrize(
    ("stego_set", "gone", "told"),
    [
        ("suniward-0.4bpp", "covers/mine/test-000", True),
        ("uerd-q75-0.4bpnzac", "covers/mine/test-000", True),
        ("uerd-q75-0.4bpnzac", "covers/mine/q75/test-000", True),
        ("suniward-0.4bpp", "covers/mine/q75/test-000", False),
        ("uerd-precomputed", "covers/mine/test-000", False),
    ],
)
def test_covers_deleted_after_shards_were_made_of_them_are_told_and_no_finding(results, stego_set, gone, told):
    (results / "shards/mine/suniward-0.4bpp").rename(results / "shards/mine" / stego_set)
    shutil.rmtree(results / gone)
    assert verify(results)[1:] == ([], [results / gone] * told)


def test_covers_of_another_split_are_told(results):
    """As when split.tsv was replaced: every hash is right, and the data set is not."""
    split = results / "covers/mine/split.tsv"
    lines = split.read_text().splitlines(keepends=True)
    split.write_text("".join(lines).replace("2\t2\ttrain", "8\t8\ttrain"))
    assert findings_of(results) == [("changed", "covers/mine/q75/train-001"), ("changed", "covers/mine/train-001")]
    split.write_text("".join(line for line in lines if "\tval\t" not in line))
    assert findings_of(results) == [("extra", "covers/mine/q75/val-000"), ("extra", "covers/mine/val-000")]
    split.unlink()
    assert findings_of(results) == [("missing", "covers/mine/split.tsv")]


def test_pairs_of_other_numbers_are_told(results):
    path = results / "shards/mine/suniward-0.4bpp/pairs.tsv"
    flip(path, -3)
    assert findings_of(results) == [("changed", "shards/mine/suniward-0.4bpp/pairs.tsv")]
    path.unlink()
    assert findings_of(results) == [("missing", "shards/mine/suniward-0.4bpp/pairs.tsv")]


def test_nothing_to_look_at_is_no_success(tmp_path):
    assert "expected covers or shards below it, found none" in refusal(verify, tmp_path / "results")


STATE = {
    "covers/mine/split.tsv": splits.read,
    "shards/mine/suniward-0.4bpp/SHA256SUMS": lambda path: checksums.read(path.parent),
    "shards/mine/suniward-0.4bpp/pairs.tsv": lambda path: manifest.pair_counts(path.parent),
    "shards/mine/suniward-0.4bpp/train-000.h5": shards.read,
    "features.h5": feature_files.read,
    "probabilities.h5": probabilities.read,
    "exclusions.tsv": exclusions.read,
}
DAMAGE = {
    "empty": lambda data: b"",
    "cut in half": lambda data: data[: len(data) // 2],
    "cut at its end": lambda data: data[:-3],
    "zeros": lambda data: bytes(len(data)),
    "zeros from the middle on": lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
    "garbage": lambda data: np.random.default_rng(1).bytes(len(data)),
    "text": lambda data: b"Not found\n",
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", STATE)
def test_a_damaged_file_of_state_is_one_line_that_names_it_and_says_what_to_do(results, name, damage):
    path, read = results / name, STATE[name]
    if name == "features.h5":
        feature_files.write(path, [("a", {"vectors": np.zeros(686, np.float32)})], 1, {"features": "spam"})
    if name == "probabilities.h5":
        probabilities.build(path, results / "covers/mine/train-000", StegoSet.parse("mine/suniward-0.4bpp"))
    if name == "exclusions.tsv":
        exclusions.write(path, [exclusions.Exclusion("a", exclusions.LEFT_OUT, "too small")])
    read(path)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    message = refusal(read, path)
    assert message.startswith(f"{path}: expected ") and "delete it and run" in message


def test_a_finding_is_one_line(results):
    flip(results / "covers/mine/train-001/2.pgm")
    (finding,) = verify(results)[1]
    assert isinstance(finding, Finding) and str(finding).startswith("changed ") and "\n" not in str(finding)
    assert "2.pgm: sha256 " in str(finding)


def test_photographs_replaced_by_others_of_the_same_size_and_time_are_found(tmp_path, monkeypatch):
    """Planning sees names, sizes and times only; verify reads the pixels."""
    monkeypatch.chdir(tmp_path)
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(4):
        images.write_pgm(photos / f"{number}.pgm", noise(16, 16, seed=number))
    source = sources.opened("folder", photos)
    prints = {name: duplicates.fingerprint(image) for name, image in source.read(sorted(source.listing().groups))}
    (tmp_path / "results/covers/mine").mkdir(parents=True)
    duplicates.write(tmp_path / "results/covers/mine/pixels.tsv", prints)
    covers.make(tmp_path / "results/covers/mine/train-000", source, sorted(prints), size=16, resize="crop")
    splits.write(
        tmp_path / "results/covers/mine/split.tsv", [splits.Row(name, name, "train", 0) for name in sorted(prints)]
    )
    entries = {"mine": {"kind": "folder", "path": str(photos), "tiles": 1}, "sample": {"kind": "sample", "path": None}}
    checked, findings, _ = verify(tmp_path / "results", entries)
    assert checked == 4 and findings == []
    before = (photos / "2.pgm").stat()
    images.write_pgm(photos / "2.pgm", noise(16, 16, seed=9))
    os.utime(photos / "2.pgm", ns=(before.st_atime_ns, before.st_mtime_ns))
    _, (finding,), _ = verify(tmp_path / "results", entries)
    assert finding.path == photos / "2" and "its pixels are not those that were split" in finding.reason
