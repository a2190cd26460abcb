"""`stegdata.changes` and what is drawn from it: fresh stegos have the distribution of the stored ones."""

from functools import partial

import h5py
import numpy as np
import pytest
import skimage.data
from test_pipeline import write_shard
from test_training import SIZE, recipe, train

import embedders
from models import ModelError
from models.dataset import Pairs, epoch_order, in_order
from stegdata import DataError
from stegdata.formats import images, jpeg

COVERS = 3
PHOTOGRAPH = skimage.data.camera()


def photographs():
    return np.stack([PHOTOGRAPH[100 + 40 * i : 100 + 40 * i + SIZE, 150:][:, :SIZE] for i in range(COVERS)]).copy()


def build(folder, domain, payload=0.8):
    """Covers of one shard, their change probabilities, and the shard: (paths, covers or coefficients, tables)."""
    covers, tables = photographs(), []
    covers[0, 0, :2] = 0, 255  # wet in one direction each
    kept = folder / "covers"
    kept.mkdir()
    for i, cover in enumerate(covers):
        if domain == "spatial":
            images.write_pgm(kept / f"{i}.pgm", cover)
        else:
            jpeg.encode(kept / f"{i}.jpg", cover, 75)
    embedder, pattern = ("suniward", "*.pgm") if domain == "spatial" else ("uerd", "*.jpg")
    probabilities = partial(embedders.change_probabilities, embedder, payload=payload)
    assert changes.build(folder / "changes.h5", kept, probabilities, pattern=pattern) == COVERS
    if domain == "jpeg":
        read = [jpeg.read(path) for path in sorted(kept.glob("*.jpg"))]
        covers, tables = np.stack([one.luminance for one in read]), [one.quantization_tables[0] for one in read]
    write_shard(folder / "train.h5", covers, (covers.astype(int) + 1) % 256, [str(i) for i in range(COVERS)])
    return covers, tables


def fresh(folder, domain):
    pairs = Pairs([folder / "train.h5"])
    pairs.draw_from([folder / "changes.h5"], embedders.dct.decode if domain == "jpeg" else None)
    return pairs


def drawn(pairs, epochs):
    """Stegos of all pairs in each of some epochs: uint8 [epochs, pairs, size, size]."""
    found = []
    for epoch in range(1, epochs + 1):
        rows = epoch_order(COVERS, seed=1, epoch=epoch, paired=True, augment=False)
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        found.append(pairs.gather(rows[rows[:, 1] == 1])[..., 0])
    return np.stack(found)


@pytest.mark.parametrize("embedder", list(embedders.EMBEDDERS))
def test_probabilities_are_those_that_embed_draws_from(embedder):
    cover = photographs()[1]
    given = (cover,)
    if embedders.EMBEDDERS[embedder].domain == "jpeg":
        plane = np.zeros((SIZE, SIZE), np.int16)
        plane[::8, ::8] = 40
        plane[1::8, ::8], plane[::8, 1::8], plane[1::8, 1::8] = 3, -2, 1
        given = (plane + np.random.default_rng(1).integers(-1, 2, plane.shape), np.full((8, 8), 12))
    p_p1, p_m1 = embedders.change_probabilities(embedder, *given, payload=0.5)
    made = embedders.embed(embedder, *given, payload=0.5, seed=7)
    uniform = np.random.Generator(np.random.PCG64(7)).random(p_p1.shape)
    assert np.array_equal(made.stego, given[0] + embedders.simulate.draw_changes(p_p1, p_m1, uniform))


def test_pixels_change_as_often_as_their_probability_says(tmp_path):
    covers, _ = build(tmp_path, "spatial")
    difference = drawn(fresh(tmp_path, "spatial"), 400).astype(int) - covers
    read = changes.read(tmp_path / "changes.h5")
    for sign, probability in ((1, read.p_p1), (-1, read.p_m1)):
        share, expected = (difference == sign).mean(axis=0), np.asarray(probability, float)
        error = np.abs(share - expected) / np.sqrt(np.maximum(expected * (1 - expected), 1e-4) / 400)
        assert error.max() < 6 and abs(share.mean() - expected.mean()) < 0.002
    assert set(np.unique(difference)) == {-1, 0, 1}
    assert (difference[:, 0, 0, 0] >= 0).all() and (difference[:, 0, 0, 1] <= 0).all()  # wet


def test_coefficients_are_changed_and_decoded(tmp_path):
    covers, tables = build(tmp_path, "jpeg")
    stegos = drawn(fresh(tmp_path, "jpeg"), 60)
    read = changes.read(tmp_path / "changes.h5")
    for i, table in enumerate(tables):
        assert np.array_equal(embedders.dct.decode(np.asarray(read.cover[i]), table), covers[i])
    rate = np.mean([(stego != cover).any() for epoch in stegos for stego, cover in zip(epoch, covers, strict=True)])
    assert rate > 0.95 and len({stego.tobytes() for stego in stegos[:, 0]}) > 50
    assert np.abs(stegos.astype(int) - covers).mean() < 3


def test_every_visit_draws_anew_and_repeats_itself(tmp_path):
    build(tmp_path, "spatial")
    first, second = drawn(fresh(tmp_path, "spatial"), 2)
    assert (first != second).any(axis=(1, 2)).all()
    assert np.array_equal(drawn(fresh(tmp_path, "spatial"), 2), [first, second])


def test_validation_and_covers_stay_as_they_are_stored(tmp_path):
    covers, _ = build(tmp_path, "spatial")
    stored = Pairs([tmp_path / "train.h5"]).gather(in_order(COVERS))
    assert np.array_equal(fresh(tmp_path, "spatial").gather(in_order(COVERS)), stored)
    rows = epoch_order(COVERS, seed=1, epoch=1, paired=True, augment=False)
    seen = fresh(tmp_path, "spatial").gather(rows[::2])[..., 0]
    assert np.array_equal(seen, covers[rows[::2, 0]])


def test_same_covers_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        build(tmp_path / name, "spatial")
    assert (tmp_path / "a/changes.h5").read_bytes() == (tmp_path / "b/changes.h5").read_bytes()


def test_a_training_draws_fresh_stegos(tmp_path):
    build(tmp_path, "spatial")
    data = {"train": [tmp_path / "train.h5"], "val": [tmp_path / "train.h5"]}
    chosen = recipe(epochs=1, batch_images=6, stego="fresh")
    history = train(tmp_path, data, chosen, network="first-method", changes=[tmp_path / "changes.h5"])
    assert np.isfinite(history[0].train_loss)
    with pytest.raises(ModelError, match=r"expected change probabilities of the 3 covers .*\(none\): delete them"):
        train(tmp_path, data, chosen, network="first-method")


def test_probabilities_of_other_covers_are_refused(tmp_path):
    build(tmp_path, "spatial")
    other = write_shard(tmp_path / "other.h5", photographs(), photographs() // 2 + 1, ["a", "b", "c"])
    with pytest.raises(ModelError, match="of the 3 covers of the shards, got those of others"):
        Pairs([other]).draw_from([tmp_path / "changes.h5"], None)


@pytest.mark.parametrize("broken", ["missing", "cut", "foreign"])
def test_what_is_no_file_of_probabilities_is_named(tmp_path, broken):
    path = tmp_path / "changes.h5"
    if broken == "cut":
        build(tmp_path, "spatial")
        path.write_bytes(path.read_bytes()[:3000])
    elif broken == "foreign":
        with h5py.File(path, "w") as file:
            file["x"] = 1
    with pytest.raises(DataError, match=r"changes.h5: expected change probabilities, got .*: run `snakemake "):
        changes.read(path)


def test_a_cover_that_cannot_be_embedded_is_named(tmp_path):
    (tmp_path / "covers").mkdir()
    images.write_pgm(tmp_path / "covers" / "flat.pgm", photographs()[0])
    probabilities = partial(embedders.change_probabilities, "suniward", payload=1.6)
    with pytest.raises(DataError, match=r"flat.pgm: .*capacity"):
        changes.build(tmp_path / "changes.h5", tmp_path / "covers", probabilities, pattern="*.pgm")
    assert not (tmp_path / "changes.h5").exists()
