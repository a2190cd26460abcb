"""`stegdata.tiles`: several covers of one image, all in one group, each cut from its place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making_covers import make, photographs

from stegdata import tiles
from stegdata.formats import images


@given(st.dictionaries(st.text("ab_0r1c", min_size=1), st.text("xy"), max_size=5), st.integers(1, 3))
def test_names_lead_back_to_their_image_and_place(groups, side):
    expanded = tiles.expand(groups, side)
    assert len(expanded) == len(groups) * side**2
    tiled = tiles.by_image(expanded, side)
    assert tiled.keys() == groups.keys()
    for image, places in tiled.items():
        assert sorted(places.values()) == [(row, column) for row in range(side) for column in range(side)]
        assert {expanded[name] for name in places} == {groups[image]}


def test_one_tile_keeps_names():
    assert tiles.expand({"a_r0c1": "g"}, 1) == {"a_r0c1": "g"}
    assert tiles.by_image(["a_r0c1"], 1) == {"a_r0c1": {"a_r0c1": (0, 0)}}


@pytest.mark.parametrize("resize", ["crop", "matlab"])
def test_covers_are_the_squares_of_the_image(tmp_path, resize):
    photographs(tmp_path / "photos", count=1, height=40, width=48)
    names = sorted(tiles.expand({"0": "0"}, 2))[1:]
    make(tmp_path, names, resize=resize, tiles=2)
    resized = images.resize(images.read(tmp_path / "photos" / "0.png"), 32, resize)
    assert sorted(path.stem for path in (tmp_path / "train-000").glob("*.pgm")) == names
    for name, (row, column) in (("0_r0c1", (0, 1)), ("0_r1c0", (1, 0)), ("0_r1c1", (1, 1))):
        expected = resized[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
        assert np.array_equal(images.read_pgm(tmp_path / "train-000" / f"{name}.pgm"), expected)


def test_a_small_image_that_is_cropped_has_as_many_covers_as_fit(tmp_path):
    photographs(tmp_path / "photos", count=1, height=40, width=48)
    grid = tiles.by_image(tiles.expand({"0": "0", "large": "1"}, 3), 3)
    fitting = tiles.that_fit(grid, {"0": (40, 48), "large": (48, 48)}, size=16, most=3)
    assert sorted(fitting["0"]) == ["0_r0c0", "0_r0c1", "0_r1c0", "0_r1c1"] and len(fitting["large"]) == 9
    make(tmp_path, sorted(fitting["0"]), resize="crop", tiles=3)
    cropped = images.resize(images.read(tmp_path / "photos" / "0.png"), 32, "crop")
    assert np.array_equal(images.read_pgm(tmp_path / "train-000" / "0_r1c1.pgm"), cropped[16:, 16:])
    assert tiles.fitting((10, 500), 16, 4) == 1  # refused when covers are made
