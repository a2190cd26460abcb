"""SPAM features against plain loops, and the baseline on data that it can and cannot tell apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from training_runs import SIZE, write

from models import baseline, scores, spam


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


@pytest.mark.parametrize("tell", [True, False])
def test_it_learns_what_can_be_told_and_only_that(tmp_path, tell):
    paths = {s: [write(tmp_path / f"{s}.h5", n, n, tell=tell)] for s, n in (("train", 60), ("val", 20), ("test", 41))}
    metrics = baseline.measure(
        train_shards=paths["train"],
        val_shards=paths["val"],
        test_shards=paths["test"],
        scores_path=tmp_path / "scores.tsv",
    )
    found = scores.read(tmp_path / "scores.tsv")
    assert len(found.values) == metrics["images"] == 82 and found.labels[:2].tolist() == [0, 1]
    assert metrics["accuracy"] == pytest.approx(np.mean((found.values >= 0.5) == (found.labels == 1)))
    assert metrics["accuracy"] > 0.95 if tell else 0.3 < metrics["accuracy"] < 0.7
    assert metrics["size"] == SIZE and 0 <= metrics["val_accuracy"] <= 1 and metrics["best_epoch"] == 0
