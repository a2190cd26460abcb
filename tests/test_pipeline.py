"""`models.dataset` and `models.pipeline`: which image stands where in a batch, and in which order an epoch goes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making_shards import write as write_shard

from models import ModelError
from models.dataset import Pairs, epoch_order, in_order
from models.pipeline import batches
from stegdata import shards

SIZE = 6
PAIRS = st.integers(1, 40)
SEEDS = st.integers(0, 2**32 - 1)


def write(path, pairs, side=(SIZE, SIZE), seed=0):
    """Write a shard of random covers; the stegos differ from them in every pixel."""
    cover = np.random.default_rng(seed).integers(0, 255, (pairs, *side))
    return write_shard(path, cover, cover + 1)


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three shards of 3, 1 and 4 pairs, and all their images as [pair, cover or stego, y, x]."""
    folder = tmp_path_factory.mktemp("shards")
    paths = [write(folder / f"{name}.h5", pairs, seed=pairs) for name, pairs in (("b", 3), ("a", 1), ("c", 4))]
    read = [shards.read(path) for path in paths]
    both = [np.stack([shard.cover, shard.stego], axis=1) for shard in read]
    return Pairs(paths), np.concatenate(both)


# ---- Pairs


def test_pairs_are_numbered_through_the_shards_in_the_order_given(three):
    pairs, images = three
    assert len(pairs) == 8 and pairs.size == SIZE
    assert pairs.names == ["b-0", "b-1", "b-2", "a-0", "c-0", "c-1", "c-2", "c-3"]
    gathered = pairs.gather(in_order(len(pairs)))
    assert gathered.dtype == np.uint8 and gathered.shape == (16, SIZE, SIZE, 1)
    assert np.array_equal(gathered[..., 0], images.reshape(-1, SIZE, SIZE))


@given(data=st.data())
def test_any_rows_from_several_shards(three, data):
    pairs, images = three
    row = st.tuples(st.integers(0, 7), st.integers(0, 1), *map(st.just, (0, -1, -1)))
    wanted = data.draw(st.lists(row, min_size=1, max_size=20))
    gathered = pairs.gather(np.array(wanted))
    for image, (pair, stego, *_) in zip(gathered, wanted, strict=True):
        assert np.array_equal(image[..., 0], images[pair, stego])


def test_symmetries_are_the_eight_of_the_square(three):
    pairs, images = three
    square = images[4, 0]
    turned = [np.rot90(square, k) for k in range(4)]
    eight = {image.tobytes() for image in turned + [image.T for image in turned]}
    assert len(eight) == 8
    gathered = pairs.gather(np.array([(4, 0, symmetry, -1, -1) for symmetry in range(8)]))
    assert {image.tobytes() for image in gathered} == eight
    assert np.array_equal(gathered[0, ..., 0], square)


def test_both_images_of_a_pair_are_turned_alike(three):
    pairs, images = three
    assert np.array_equal(images[:, 1], images[:, 0] + 1)
    rows = epoch_order(len(pairs), seed=5, epoch=2, paired=True, augment=True)
    assert len(set(rows[:, 2])) > 1
    gathered = pairs.gather(rows)
    assert np.array_equal(gathered[1::2], gathered[::2] + 1)


@pytest.mark.parametrize(
    ("sides", "told"),
    [
        (((6, 6), (8, 8)), r"expected images of one size, got sizes \[6, 8\].*train-0\.h5"),
        (((6, 8),), r"expected images of one size, got sizes \[6, 8\].*train-0\.h5"),
        ((), "got sizes of no shard"),
    ],
    ids=["two sizes", "not square", "none"],
)
def test_images_of_unequal_sides_and_none_are_refused(tmp_path, sides, told):
    paths = [write(tmp_path / f"train-{i}.h5", 2, side) for i, side in enumerate(sides)]
    with pytest.raises(ModelError, match=told):
        Pairs(paths)


# ---- order of an epoch


@given(pairs=PAIRS, seed=SEEDS, epoch=st.integers(1, 200), paired=st.booleans(), augment=st.booleans())
def test_an_epoch_holds_every_image_once(pairs, seed, epoch, paired, augment):
    rows = epoch_order(pairs, seed=seed, epoch=epoch, paired=paired, augment=augment)
    assert rows.shape == (2 * pairs, 5) and rows.dtype == np.int64
    assert sorted(map(tuple, rows[:, :2].tolist())) == [(pair, stego) for pair in range(pairs) for stego in (0, 1)]
    seen = {pair: tuple(rest) for pair, _, *rest in rows.tolist()}
    assert all(seen[pair] == tuple(rest) for pair, _, *rest in rows.tolist()), "cover and stego seen differently"
    assert {symmetry for symmetry, _, _ in seen.values()} <= (set(range(8)) if augment else {0})
    if paired:  # adjacent, the cover first
        assert np.array_equal(rows[::2, 0], rows[1::2, 0])
        assert not rows[::2, 1].any() and rows[1::2, 1].all()


def test_unpaired_rows_are_not_adjacent():
    rows = epoch_order(200, seed=1, epoch=1, paired=False, augment=False)
    assert (rows[::2, 0] == rows[1::2, 0]).mean() < 0.1


@pytest.mark.parametrize("paired", [True, False])
def test_the_order_depends_on_seed_and_epoch_only(paired):
    def order(seed, epoch):
        np.random.seed(len(seen))  # what others draw has no say
        seen.append(epoch_order(30, seed=seed, epoch=epoch, paired=paired, augment=True).tobytes())
        return seen[-1]

    seen = []
    assert order(3, 7) == order(3, 7)
    assert len({order(seed, epoch) for seed in range(4) for epoch in range(1, 5)}) == 16


def test_every_symmetry_is_drawn_about_as_often():
    rows = epoch_order(4000, seed=1, epoch=1, paired=True, augment=True)
    counts = np.bincount(rows[::2, 2], minlength=8)
    assert len(counts) == 8 and abs(counts - 500).max() < 5 * np.sqrt(500 * 7 / 8)


# ---- batches


def test_batches_match_their_labels(three):
    pairs, images = three
    rows = epoch_order(len(pairs), seed=1, epoch=1, paired=False, augment=False)
    seen = [(image.numpy(), label.numpy()) for image, label in batches(pairs, rows, 6)]
    assert [len(image) for image, _ in seen] == [len(label) for _, label in seen] == [6, 6, 4]
    assert all(image.dtype == np.uint8 and label.dtype == np.float32 for image, label in seen)
    gathered, labels = (np.concatenate(part) for part in zip(*seen, strict=True))
    assert np.array_equal(gathered[..., 0], images[rows[:, 0], rows[:, 1]])
    assert np.array_equal(labels, np.eye(2)[rows[:, 1]])


def test_the_shape_is_known_before_the_first_batch_and_a_last_smaller_one_can_be_left_out(three):
    pairs, _ = three
    kept = batches(pairs, in_order(len(pairs)), 6, drop_remainder=True)
    assert [spec.shape.as_list()[1:] for spec in kept.element_spec] == [[SIZE, SIZE, 1], [2]]
    assert [len(images) for images, _ in kept] == [6, 6]
