"""SPAM features against plain loops, and the yardstick on data that it can and cannot tell apart."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from test_pipeline import write_shard

from models import spam, yardstick


def naive_spam(image):
    """Pevny, Bas, Fridrich (2010), eq. 4 to 6, word by word."""
    height, width = image.shape

    def direction(dy, dx):
        counts = np.zeros((7, 7, 7))
        for y in range(height):
            for x in range(width):
                places = [(y + k * dy, x + k * dx) for k in range(4)]
                if all(0 <= a < height and 0 <= b < width for a, b in places):
                    grey = [int(image[place]) for place in places]
                    d = [min(3, max(-3, grey[k] - grey[k + 1])) + 3 for k in range(3)]
                    counts[d[0], d[1], d[2]] += 1
        given_two = counts.sum(axis=2)
        for i in range(7):
            for j in range(7):
                if given_two[i, j]:
                    counts[i, j] /= given_two[i, j]
        return counts.reshape(-1)

    straight = [direction(*step) for step in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    diagonal = [direction(*step) for step in ((1, 1), (-1, -1), (1, -1), (-1, 1))]
    return np.concatenate([np.mean(straight, axis=0), np.mean(diagonal, axis=0)])


SHAPES = st.tuples(st.integers(4, 9), st.integers(4, 9))


@given(arrays.arrays(np.uint8, SHAPES, elements=st.integers(0, 8) | st.integers(0, 255)))
@settings(max_examples=30)
def test_plain_loops_agree(image):
    features = spam.features(image)
    assert features.shape == (686,) and features == pytest.approx(naive_spam(image))


@given(arrays.arrays(np.uint8, (8, 11), elements=st.integers(0, 12)), st.integers(0, 7))
@settings(max_examples=30)
def test_symmetries_of_the_image_change_nothing(image, symmetry):
    turned = np.rot90(image[:, ::-1] if symmetry >= 4 else image, symmetry % 4)
    assert spam.features(turned) == pytest.approx(spam.features(image))


def smooth(pairs, seed):
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:24, :24] - 12
    slopes = generator.uniform(-2, 2, (2, pairs, 1, 1))
    return (128 + slopes[0] * x + slopes[1] * y).astype(int), generator


def shard(path, pairs, seed, *, tell):
    cover, generator = smooth(pairs, seed)
    noise = generator.choice([-1, 1], (2, *cover.shape))
    return write_shard(path, cover if tell else cover + noise[0], cover + noise[1])


@pytest.mark.parametrize("tell", [True, False])
def test_it_learns_what_can_be_told_and_only_that(tmp_path, tell):
    paths = {s: [shard(tmp_path / f"{s}.h5", n, n, tell=tell)] for s, n in (("train", 60), ("val", 20), ("test", 41))}
    metrics = yardstick.measure(
        train_shards=paths["train"],
        val_shards=paths["val"],
        test_shards=paths["test"],
        scores_path=tmp_path / "scores.tsv",
    )
    with (tmp_path / "scores.tsv").open(newline="") as file:
        lines = list(csv.DictReader(file, delimiter="\t"))
    assert len(lines) == metrics["images"] == 82 and [line["label"] for line in lines[:2]] == ["0", "1"]
    right = np.mean([(float(line["score"]) >= 0.5) == (line["label"] == "1") for line in lines])
    assert metrics["accuracy"] == pytest.approx(right)
    assert metrics["accuracy"] > 0.95 if tell else 0.3 < metrics["accuracy"] < 0.7
    assert metrics["size"] == 24 and 0 <= metrics["val_accuracy"] <= 1
