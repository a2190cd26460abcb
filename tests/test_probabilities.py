"""`stegdata.probabilities` and what is drawn from it: stegos embedded online are distributed as the stored ones."""

import h5py
import numpy as np
import pytest
from making_shards import write
from pictures import crop, quantized
from refusals import message_of, refusal
from training_runs import SIZE, recipe, train

import embedders
from models import ModelError
from models.dataset import Pairs, epoch_order, in_order
from stegdata import DataError, probabilities
from stegdata.formats import images, jpeg
from stegdata.names import StegoSet

COVERS = 3
STEGO_SETS = {
    "spatial": StegoSet.parse("sample/suniward-0.8bpp"),
    "jpeg": StegoSet.parse("sample/uerd-q75-0.8bpnzac"),
}


def photographs():
    return np.stack([crop(SIZE, SIZE, 100 + 40 * number, 150) for number in range(COVERS)])


def build(folder, domain):
    """Covers of one shard, their change probabilities, and the shard: (covers' pixels, quantization tables)."""
    covers, tables = photographs(), []
    covers[0, 0, :2] = 0, 255  # wet in one direction each
    kept = folder / "covers"
    kept.mkdir()
    for i, cover in enumerate(covers):
        if domain == "spatial":
            images.write_pgm(kept / f"{i}.pgm", cover)
        else:
            jpeg.encode(kept / f"{i}.jpg", cover, 75)
    assert probabilities.build(folder / "probabilities.h5", kept, STEGO_SETS[domain]) == COVERS
    if domain == "jpeg":
        read = [jpeg.read(path) for path in sorted(kept.glob("*.jpg"))]
        covers, tables = np.stack([one.luminance for one in read]), [one.quantization_tables[0] for one in read]
    write(folder / "train.h5", covers, (covers.astype(int) + 1) % 256, [str(i) for i in range(COVERS)])
    return covers, tables


def online(folder, domain):
    pairs = Pairs([folder / "train.h5"])
    pairs.draw_from([folder / "probabilities.h5"])
    return pairs


def drawn(pairs, epochs):
    """Stegos of all pairs in each of some epochs: uint8 [epochs, pairs, size, size]."""
    found = []
    for epoch in range(1, epochs + 1):
        rows = epoch_order(COVERS, seed=1, epoch=epoch, paired=True, augment=False)
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        found.append(pairs.gather(rows[rows[:, 1] == 1])[..., 0])
    return np.stack(found)


# nsf5 draws a number of places, not every element by itself
@pytest.mark.parametrize("embedder", [name for name in embedders.EMBEDDERS if name != "nsf5"])
def test_probabilities_are_those_that_embed_draws_from(embedder):
    cover = crop(SIZE, SIZE)
    given = (cover,) if embedders.EMBEDDERS[embedder].domain == "spatial" else quantized(cover)
    p_p1, p_m1 = embedders.change_probabilities(embedder, *given, payload=0.5)
    made = embedders.embed(embedder, *given, payload=0.5, seed=7)
    uniform = np.random.Generator(np.random.PCG64(7)).random(p_p1.shape)
    assert np.array_equal(made.stego, given[0] + embedders.simulate.draw_changes(p_p1, p_m1, uniform))


@pytest.mark.parametrize("domain", ["spatial", "jpeg"])
def test_what_is_kept_is_what_was_solved(tmp_path, domain):
    covers, tables = build(tmp_path, domain)
    read = probabilities.read(tmp_path / "probabilities.h5")
    assert read.names == ["0", "1", "2"] and isinstance(read.p_p1.base, np.memmap)
    for row in range(COVERS):
        cover = [read.cover[row], *([] if read.quantization_table is None else [read.quantization_table[row]])]
        expected = embedders.change_probabilities(STEGO_SETS[domain].embedder, *cover, payload=0.8)
        for kept, solved in zip((read.p_p1[row], read.p_m1[row]), expected, strict=True):
            assert np.array_equal(kept, solved.astype(np.float16))
    if domain == "spatial":
        assert np.array_equal(read.cover, covers) and read.quantization_table is None
    else:
        assert np.array_equal(read.quantization_table, tables) and read.quantization_table.dtype == np.uint16


def test_pixels_change_as_often_as_their_probability_says(tmp_path):
    covers, _ = build(tmp_path, "spatial")
    difference = drawn(online(tmp_path, "spatial"), 400).astype(int) - covers
    read = probabilities.read(tmp_path / "probabilities.h5")
    for sign, probability in ((1, read.p_p1), (-1, read.p_m1)):
        share, expected = (difference == sign).mean(axis=0), np.asarray(probability, float)
        error = np.abs(share - expected) / np.sqrt(np.maximum(expected * (1 - expected), 1e-4) / 400)
        assert error.max() < 6 and abs(share.mean() - expected.mean()) < 0.002
    assert set(np.unique(difference)) == {-1, 0, 1}
    assert (difference[:, 0, 0, 0] >= 0).all() and (difference[:, 0, 0, 1] <= 0).all()  # wet


def test_coefficients_are_changed_and_decoded(tmp_path):
    covers, tables = build(tmp_path, "jpeg")
    stegos = drawn(online(tmp_path, "jpeg"), 60)
    read = probabilities.read(tmp_path / "probabilities.h5")
    for i, table in enumerate(tables):
        assert np.array_equal(embedders.dct.decode(np.asarray(read.cover[i]), table), covers[i])
    rate = np.mean([(stego != cover).any() for epoch in stegos for stego, cover in zip(epoch, covers, strict=True)])
    assert rate > 0.95 and len({stego.tobytes() for stego in stegos[:, 0]}) > 50
    assert np.abs(stegos.astype(int) - covers).mean() < 3


def test_every_visit_draws_anew_and_repeats_itself(tmp_path):
    build(tmp_path, "spatial")
    first, second = drawn(online(tmp_path, "spatial"), 2)
    assert (first != second).any(axis=(1, 2)).all()
    assert np.array_equal(drawn(online(tmp_path, "spatial"), 2), [first, second])


def test_validation_and_covers_stay_as_they_are_stored(tmp_path):
    covers, _ = build(tmp_path, "spatial")
    stored = Pairs([tmp_path / "train.h5"]).gather(in_order(COVERS))
    assert np.array_equal(online(tmp_path, "spatial").gather(in_order(COVERS)), stored)
    rows = epoch_order(COVERS, seed=1, epoch=1, paired=True, augment=False)
    seen = online(tmp_path, "spatial").gather(rows[::2])[..., 0]
    assert np.array_equal(seen, covers[rows[::2, 0]])


def test_same_covers_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        build(tmp_path / name, "spatial")
    assert (tmp_path / "a/probabilities.h5").read_bytes() == (tmp_path / "b/probabilities.h5").read_bytes()


def test_a_training_embeds_online(tmp_path):
    build(tmp_path, "spatial")
    data = {"train": [tmp_path / "train.h5"], "val": [tmp_path / "train.h5"]}
    chosen = recipe(epochs=1, batch_images=6, stego="online")
    history = train(tmp_path, data, chosen, network="first-method", probabilities=[tmp_path / "probabilities.h5"])
    assert np.isfinite(history[0].train_loss)
    message = message_of(ModelError, train, tmp_path, data, chosen, network="first-method")
    assert "expected change probabilities of the 3 covers" in message and "(none): delete them" in message


def test_probabilities_of_other_covers_are_refused(tmp_path):
    build(tmp_path, "spatial")
    other = write(tmp_path / "other.h5", photographs(), photographs() // 2 + 1, ["a", "b", "c"])
    message = message_of(ModelError, Pairs([other]).draw_from, [tmp_path / "probabilities.h5"])
    assert "of the 3 covers of the shards, got those of others" in message


def test_what_is_no_file_of_probabilities_is_named(tmp_path):
    path = tmp_path / "probabilities.h5"
    with h5py.File(path, "w") as file:
        file["x"] = 1
    message = refusal(probabilities.read, path)
    assert message.startswith(f"{path}: expected change probabilities, whole, got ") and "delete it and run" in message


def test_a_cover_that_cannot_be_embedded_is_named(tmp_path):
    (tmp_path / "covers").mkdir()
    images.write_pgm(tmp_path / "covers" / "flat.pgm", photographs()[0])
    too_much = StegoSet.parse("sample/suniward-1.6bpp")
    message = message_of(DataError, probabilities.build, tmp_path / "a.h5", tmp_path / "covers", too_much)
    assert "flat.pgm: " in message and "capacity" in message
    assert not (tmp_path / "a.h5").exists()
