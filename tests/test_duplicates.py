"""`stegdata.duplicates`: the same picture under two names, turned or not, is in one split."""

import json
from itertools import pairwise

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from making_dicom import write_dicom
from making_shards import write as write_shard
from pictures import crop, noise
from PIL import Image
from refusals import refusal
from working_folder import rows as rows_of
from working_folder import snakemake

from models.dataset import Pairs
from stegdata import duplicates, exclusions, sources, splits
from stegdata.duplicates import SplitAssignment
from stegdata.exclusions import NOTED, Exclusion
from stegdata.splits import Row

SIDES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=5)


def naive_symmetries(image):
    """Turned by quarters, and mirrored: spelled out pixel by pixel."""
    turned = [image.tolist()]
    for _ in range(3):
        rows = turned[-1]
        turned.append([[rows[y][x] for y in reversed(range(len(rows)))] for x in range(len(rows[0]))])
    return [np.array(rows, np.uint8) for rows in (*turned, *([row[::-1] for row in rows] for rows in turned))]


@settings(max_examples=2 * settings.default.max_examples)
@given(arrays(np.uint8, SIDES, elements=st.integers(0, 2)), arrays(np.uint8, SIDES, elements=st.integers(0, 2)))
def test_images_have_one_fingerprint_if_and_only_if_one_is_the_other_turned_or_mirrored(one, other):
    same = any(np.array_equal(turned, other) for turned in naive_symmetries(one))
    assert (duplicates.fingerprint(one) == duplicates.fingerprint(other)) == same
    assert {duplicates.fingerprint(turned) for turned in naive_symmetries(one)} == {duplicates.fingerprint(one)}


def save_as(folder, image, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.fromarray(image).save(folder / name)


def listed(folder, group="file"):
    source = sources.opened("folder", folder, group=group)
    groups = source.listing().groups
    return duplicates.together(
        groups, {name: duplicates.fingerprint(image) for name, image in source.read(list(groups))}
    )


def test_copies_in_other_formats_and_turned_are_one_group(tmp_path):
    for number in range(3):
        save_as(tmp_path, noise(16, 20, seed=number), f"{number}.pgm", f"copy of {number}.png")
    save_as(tmp_path, np.rot90(noise(16, 20, seed=0)), "x.tif")
    save_as(tmp_path, noise(16, 20, seed=9), "alone.bmp")
    groups, notes = listed(tmp_path)
    assert groups == {
        "0": "0",
        "1": "1",
        "2": "2",
        "alone": "alone",
        "copy of 0": "0",
        "copy of 1": "1",
        "copy of 2": "2",
        "x": "0",
    }
    assert notes[0] == Exclusion("copy of 0", NOTED, "as the same picture as 0") and len(notes) == 4
    assert exclusions.summary(notes) == [
        "4 covers noted, as the same picture as: copy of 0 = 0, copy of 1 = 1, copy of 2 = 2, x = 0"
    ]


def test_groups_that_share_a_picture_become_one(tmp_path):
    """A chain: a and b share one, b and c another, so that all three belong together; d does not."""
    folders = "abcd"
    for number, folder in enumerate(folders):
        save_as(tmp_path / folder, noise(8, 8, seed=number), "own.png")
    for number, (one, other) in enumerate(pairwise("abc")):
        for folder in (one, other):
            save_as(tmp_path / folder, noise(8, 8, seed=90 + number), f"shared{number}.png")
    groups, _ = listed(tmp_path, group="folder")
    assert {name: group for name, group in groups.items() if name.endswith("own")} == {
        "a__own": "a",
        "b__own": "a",
        "c__own": "a",
        "d__own": "d",
    }


def test_a_dicom_sent_twice_is_one_group(tmp_path):
    pixels = noise(16, 16, seed=1)
    for number in (1, 2):
        write_dicom(tmp_path / f"IM{number}", pixels, SOPInstanceUID=f"1.2.{number}")
    groups, notes = listed(tmp_path)
    assert len(groups) == 2 and len(set(groups.values())) == 1 and len(notes) == 1


@settings(max_examples=settings.default.max_examples)
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 6)), min_size=1, max_size=14),
    st.sampled_from(["shuffled", "sorted"]),
)
def test_no_split_tears_a_picture_apart_and_without_copies_nothing_changes(covers, order):
    groups = {f"{number:02d}": group for number, (group, _) in enumerate(covers)}
    prints = {f"{number:02d}": str(picture) for number, (_, picture) in enumerate(covers)}
    merged, notes = duplicates.together(groups, prints)
    assert len(notes) == len(covers) - len(set(prints.values()))
    assert notes or merged == groups
    for one in groups:
        for other in groups:
            if prints[one] == prints[other] or groups[one] == groups[other]:
                assert merged[one] == merged[other]
    half = len(covers) // 2
    try:
        rows = splits.assign(
            merged, {"train": half, "val": 0, "test": 1}, order=order, seed=1, shard_pairs=9, source="mine"
        )
    except ValueError:
        return
    found = {}
    for row in rows:
        assert found.setdefault(prints[row.cover], row.split) == row.split


@pytest.mark.parametrize("content", ["cover\tother\n", "cover\tpixels\nx\n"])
def test_a_table_of_fingerprints_is_read_as_it_was_written(tmp_path, content):
    path = tmp_path / "pixels.tsv"
    duplicates.write(path, {"b": "2", "a": "1"})
    assert path.read_text() == "cover\tpixels\na\t1\nb\t2\n" and duplicates.read(path) == {"a": "1", "b": "2"}
    path.write_text(content)
    assert "expected a table of cover, pixels" in refusal(duplicates.read, path)


# ---------------------------------------------------------------------------------------- combined sources


def assignment(pictures):
    """What was dealt of a source: split -> pictures, covers numbered through."""
    rows, prints = [], {}
    for split, found in pictures.items():
        for picture in found:
            name = str(len(rows))
            rows.append(Row(name, name, split, 0))
            prints[name] = picture
    return SplitAssignment(rows, prints)


def covers_of(conflicts):
    return {conflict.cover: conflict.reason.removeprefix(exclusions.SAME_AS) for conflict in conflicts}


def test_combined_sources_keep_a_picture_in_the_last_of_its_splits():
    one = assignment({"train": "abc", "val": "d", "test": "e"})
    other = assignment({"train": "exd", "val": "b", "test": "ay"})
    assert covers_of(duplicates.split_conflicts({"one": one, "other": other})) == {
        "one/0": "other/4",
        "one/1": "other/3",
        "other/0": "one/4",
        "other/2": "one/3",
    }
    assert duplicates.split_conflicts({"one": one}) == []


def test_other_sources_are_not_tested_on_what_was_seen():
    one, other = (
        assignment({"train": "ab", "val": "c", "test": "d"}),
        assignment({"train": "x", "val": "", "test": "acdyb"}),
    )
    assert covers_of(duplicates.split_conflicts({"one": one}, {"other": other, "one": one})) == {
        "other/1": "one/0",
        "other/2": "one/2",
        "other/5": "one/1",
    }


PICTURES = st.lists(st.sampled_from("abcdef"), max_size=4, unique=True)
ASSIGNMENTS = st.builds(lambda *found: assignment(dict(zip(splits.SPLITS, found, strict=True))), *[PICTURES] * 3)


@settings(max_examples=settings.default.max_examples)
@given(st.lists(ASSIGNMENTS, min_size=2, max_size=3), st.lists(ASSIGNMENTS, max_size=2))
def test_nothing_is_learnt_from_and_tested_on(trained, tested):
    """Whatever else is wrong within a source: between sources no picture is in two splits."""
    sources_of = {f"s{number}": one for number, one in enumerate(trained)}
    others = {f"t{number}": one for number, one in enumerate(tested)}
    left_out = set(covers_of(duplicates.split_conflicts(sources_of))) | set(
        covers_of(duplicates.split_conflicts(sources_of, others))
    )
    kept = [
        (one.prints[row.cover], row.split, name)
        for name, one in (sources_of | others).items()
        for row in one.rows
        if f"{name}/{row.cover}" not in left_out
    ]
    seen = {picture for picture, split, name in kept if name in sources_of and split != "test"}
    assert not seen & {picture for picture, split, _ in kept if split == "test"}
    train = {picture for picture, split, name in kept if name in sources_of and split == "train"}
    assert not train & {picture for picture, split, name in kept if name in sources_of and split == "val"}


def test_covers_are_left_out_of_pairs(tmp_path):
    covers = np.stack([noise(16, 16, seed=number) for number in range(4)])
    paths = [
        write_shard(tmp_path / f"{source}.h5", covers, covers ^ 1, list("0123"), source=source)
        for source in ("one", "other")
    ]
    whole, pairs = Pairs(paths), Pairs(paths, excluded={("one", name) for name in "13"})
    assert len(whole) == 8 and [
        (*origin[:1], name) for origin, name in zip(pairs.origins, pairs.names, strict=True)
    ] == [
        ("one", "0"),
        ("one", "2"),
        *(("other", str(number)) for number in range(4)),
    ]
    rows = np.zeros((6, 5), np.int64)
    rows[:, 0], rows[:, 3:] = np.arange(6), -1
    assert np.array_equal(pairs.gather(rows)[..., 0], np.concatenate([covers[[0, 2]], covers]))


def test_a_run_of_combined_sources_learns_and_tests_on_pictures_of_their_own(tmp_path):
    """The rules: two folders that share half of their pictures, one of them turned."""
    for number in range(12):
        picture = crop(32, 32, top=32 * number, left=64)
        save_as(tmp_path / "one", picture, f"{number}.png")
        save_as(
            tmp_path / "other",
            picture[::-1] if number % 2 else crop(32, 32, top=32 * number, left=320),
            f"{number}.png",
        )
    source = {"kind": "folder", "size": 32, "resize": "crop", "train": 6, "val": 2, "test": 4, "shard_pairs": 8}
    experiment = {"embedders": ["lsbm"], "payloads": [0.4], "networks": [], "features": ["spam-lda"]}
    config = {
        "run": "tiny",
        "sources": {"one": source | {"path": "one"}, "other": source | {"path": "other", "split_seed": 2}},
        "recipes": {},
        "runs": {"tiny": {"recipes": {}, "experiments": [experiment | {"sources": ["one+other"]}]}},
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    detector = "results/detectors/one+other/lsbm-0.4bpp/spam-lda/seed-0"
    cross = "results/detectors/one/lsbm-0.4bpp/spam-lda/seed-0/on/other/lsbm-0.4bpp/metrics.json"
    snakemake(tmp_path, "--cores", 2, f"{detector}/on/one+other/lsbm-0.4bpp/metrics.json", cross)
    split_of = {
        (name, row["cover"]): row["split"]
        for name in ("one", "other")
        for row in rows_of(tmp_path / f"results/covers/{name}/split.tsv")
    }
    conflicts = [str(n) for n in range(1, 12, 2) if split_of["one", str(n)] != split_of["other", str(n)]]
    combined = rows_of(tmp_path / "results/combined/one+other.tsv")
    assert conflicts and sorted(row["cover"].partition("/")[2] for row in combined) == sorted(conflicts)
    fitted = json.loads((tmp_path / detector / "model.json").read_text())
    lost = sum(split_of[tuple(row["cover"].split("/"))] == "train" for row in combined)
    assert fitted["pairs"] == 12 - lost and lost
    tested = rows_of((tmp_path / cross).with_name("scores.tsv"))
    seen = {n for n in conflicts if split_of["one", n] != "test" and split_of["other", n] == "test"}
    assert not seen & {row["name"] for row in tested} and len(tested) == 2 * (4 - len(seen))
