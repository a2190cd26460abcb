"""`stegdata.duplicates`: the same picture under two names, turned or not, is in one split."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from making_dicom import write_dicom
from pictures import noise
from PIL import Image
from refusals import refusal

from stegdata import duplicates, exclusions, sources, splits
from stegdata.exclusions import NOTED, Exclusion

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


def test_shape_counts_and_so_does_a_single_pixel():
    flat = np.zeros((2, 8), np.uint8)
    assert duplicates.fingerprint(flat) != duplicates.fingerprint(flat.reshape(4, 4))
    image = noise(64, 64, seed=1)
    changed = image.copy()
    changed[40, 3] ^= 1
    assert duplicates.fingerprint(image) != duplicates.fingerprint(changed)


def save_as(folder, image, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.fromarray(image).save(folder / name)


def listed(folder, group="file"):
    source = sources.opened("folder", folder, group=group)
    groups = source.listing().groups
    return duplicates.together(groups, duplicates.fingerprints(source, list(groups), "mine"))


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


def test_all_images_that_cannot_be_read_are_told_at_once(tmp_path):
    save_as(tmp_path, noise(8, 8, seed=1), "a.png")
    for name in ("b.png", "c.pgm", "d.jpg"):
        (tmp_path / name).write_bytes(b"no image")
    source = sources.opened("folder", tmp_path)
    message = refusal(duplicates.fingerprints, source, ["a", "b", "c", "d"], "mine")
    assert message.startswith(f"{tmp_path}/b.png: expected a complete") and "\n" not in message
    assert message.endswith(f" (2 more: {tmp_path}/c.pgm, {tmp_path}/d.jpg)")
    assert list(duplicates.fingerprints(source, ["a"], "mine")) == ["a"]


@pytest.mark.parametrize("content", ["image\tother\n", "image\tpixels\nx\n"])
def test_a_table_of_fingerprints_is_read_as_it_was_written(tmp_path, content):
    path = tmp_path / "pixels.tsv"
    duplicates.write(path, {"b": "2", "a": "1"})
    assert path.read_text() == "image\tpixels\na\t1\nb\t2\n" and duplicates.read(path) == {"a": "1", "b": "2"}
    path.write_text(content)
    assert "expected a table of image, pixels" in refusal(duplicates.read, path)
