"""`models.training`: it learns, keeps the right weights, repeats itself, and leaves nothing behind when it fails."""

import keras
import numpy as np
import pytest
from training_runs import FILES, SIZE, recipe, train, write

from models import ModelError, history, training, weights
from models.history import Epoch, best
from models.networks import srm
from stegdata import shards

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, as it saves


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """40 training pairs in two shards, 24 for validation, and those again with cover and stego swapped."""
    folder = tmp_path_factory.mktemp("shards")
    return {
        "train": [write(folder / f"train-{i:03d}.h5", 20, seed=i) for i in range(2)],
        "val": [write(folder / "val-000.h5", 24, seed=2)],
        "swapped": [write(folder / "val-001.h5", 24, seed=2, swap=True)],
        "folder": folder,
    }


def probabilities(model, path):
    """What a model says of the covers and of the stegos of a shard: float64 [n, 2] each, every image on its own."""
    shard = shards.read(path)
    one_by_one = [
        np.concatenate([model(image[None, ..., None], training=False).numpy() for image in images])
        for images in (shard.cover, shard.stego)
    ]
    return [answers.astype(np.float64) for answers in one_by_one]


def loss_and_accuracy(model, path):
    covers, stegos = probabilities(model, path)
    right = np.concatenate([covers[:, 0], stegos[:, 1]])
    return -np.log(right).mean(), (right > 0.5).mean()


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """Folder, history and printed lines of one training that goes well."""
    folder, lines = tmp_path_factory.mktemp("trained"), []
    return folder, train(folder, data, recipe(), log=lines.append), lines


# ---- learning


def test_what_can_be_told_apart_is_learnt(data, trained):
    folder, epochs, _ = trained
    assert best(epochs).val_accuracy >= 0.95
    assert epochs[-1].train_loss < epochs[0].train_loss
    keras.utils.set_random_seed(1)
    assert loss_and_accuracy(weights.build("xu-net", "fc", recipe(), SIZE), data["val"][0])[1] < 0.8
    assert loss_and_accuracy(weights.load(folder), data["val"][0])[1] >= 0.95


def test_what_cannot_be_told_apart_is_not_learnt(tmp_path):
    same = {
        "train": [write(tmp_path / "train-000.h5", 40, seed=1, tell=False)],
        "val": [write(tmp_path / "val-000.h5", 40, seed=2, tell=False)],
    }
    assert 0.3 < train(tmp_path, same, recipe(), network="first-method")[-1].val_accuracy < 0.7


def test_all_but_the_srm_filters_train(trained):
    folder, _, _ = trained
    model = weights.load(folder)
    keras.utils.set_random_seed(1)
    fresh = weights.build("xu-net", "fc", recipe(), SIZE)
    for after, before in zip(model.trainable_weights, fresh.trainable_weights, strict=True):
        assert not np.array_equal(after.numpy(), before.numpy()), after.path
    kernel, bias = (weight.numpy() for weight in model.get_layer("preprocessing_srm").weights)
    assert np.array_equal(kernel.reshape(-1), srm.kernels().reshape(-1)) and (bias == 1).all()


@pytest.mark.parametrize(("residual", "momentum"), [("tanh", 0.2), ("clip", 0.9)])
def test_the_recipe_reaches_the_network(residual, momentum):
    model = weights.build("xu-net", "fc", recipe(residual=residual, batch_norm_momentum=momentum), SIZE)
    assert model.get_layer("preprocessing_srm").activation.__name__ == f"{residual}_residual"
    normalisations = [layer for layer in model.layers if type(layer).__name__ == "BatchNormalization"]
    assert {layer.momentum for layer in normalisations} == {momentum}


# ---- the weights that are kept


@pytest.mark.parametrize("val", ["val", "swapped"])
def test_the_weights_of_the_best_validation_epoch_are_kept(data, trained, tmp_path, val):
    """With swapped labels validation gets worse the more is learnt: the first epoch is kept, not the last."""
    folder, epochs, _ = trained
    if val == "swapped":
        folder, epochs = tmp_path, train(tmp_path, data, recipe(), val="swapped")
        assert best(epochs).epoch == 1 and epochs[-1].val_loss > 1.1 * epochs[0].val_loss
    loss, accuracy = loss_and_accuracy(weights.load(folder), data[val][0])
    assert loss == pytest.approx(best(epochs).val_loss, rel=1e-3, abs=1e-5)
    assert accuracy == best(epochs).val_accuracy


def test_the_first_of_equally_good_epochs_is_the_best():
    epochs = [Epoch(i, 1.0, 0.5, loss, 0.5) for i, loss in enumerate((0.7, 0.6, 0.65, 0.6), start=1)]
    assert best(epochs) is epochs[1]


# ---- history and progress


def test_history_is_read_as_it_was_written(tmp_path):
    epochs = [Epoch(1, 0.1 + 0.2, 1 / 3, 1e-300, 1.0), Epoch(2, 3.5e10, 0.0, 2 / 3, 0.1)]
    history.write(tmp_path / "history.tsv", epochs)
    assert history.read(tmp_path / "history.tsv") == epochs
    header = (tmp_path / "history.tsv").read_text().splitlines()[0]
    assert header.split("\t") == ["epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy"]


def test_the_history_of_a_training_is_what_it_returns(trained):
    folder, epochs, lines = trained
    assert history.read(folder / "history.tsv") == epochs and [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert sorted(file.name for file in folder.iterdir()) == FILES
    assert [line.partition(":")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert f"val loss {epochs[0].val_loss:.4f}" in lines[0] and lines[0].endswith("images/s (best so far)")


# ---- optimisers


def test_cosine_falls_to_zero_at_the_last_step(data, tmp_path, monkeypatch):
    made = []
    optimizer = training.optimizer_of
    monkeypatch.setattr(training, "optimizer_of", lambda *arguments: made.append(optimizer(*arguments)) or made[-1])
    train(tmp_path, data, recipe(epochs=2), network="first-method")
    steps, rate = 2 * 80 // 8, made[0]._learning_rate
    assert int(made[0].iterations) == steps
    assert float(rate(0)) == pytest.approx(1e-3) and float(rate(steps / 2)) == pytest.approx(5e-4)
    assert 0 < float(rate(steps - 1)) < 1e-5 and float(rate(steps)) == pytest.approx(0, abs=1e-9)


# ---- repeatability: a seed gives the same bytes in every process (tests/test_resume.py)


def test_another_seed_gives_other_weights(data, tmp_path):
    first, other = (train(tmp_path, data, recipe(epochs=1), network="first-method", seed=seed) for seed in (1, 2))
    assert first != other


# ---- failures leave nothing under the final names


def test_a_loss_that_is_not_finite_stops_with_its_step(data, tmp_path):
    with pytest.raises(ModelError, match=r"loss became nan at step 2 \(epoch 1\): lower the learning rate"):
        train(tmp_path, data, recipe(learning_rate=1e30), network="first-method")
    assert not list(tmp_path.iterdir())


def test_weights_spoilt_by_the_last_step_are_not_kept(data, tmp_path):
    """The loss of a step is that before its update: only validation sees what the last one did."""
    with pytest.raises(ModelError, match=r"validation loss became nan at step 1 \(epoch 1\)"):
        train(tmp_path, data, recipe(learning_rate=1e30, batch_images=80, epochs=1), network="first-method")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_crash_leaves_what_was_there(data, tmp_path, error):
    def log(line):
        if line.startswith("epoch 2/"):
            raise error

    (tmp_path / "model.weights.h5").write_bytes(b"older")
    with pytest.raises(error):
        train(tmp_path, data, recipe(), network="first-method", log=log)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["checkpoint.npz", "model.weights.h5"]
    assert (tmp_path / "model.weights.h5").read_bytes() == b"older"


def test_a_batch_larger_than_the_data_is_refused(data, tmp_path):
    with pytest.raises(ModelError, match="expected at most the 80 training images, got 81"):
        train(tmp_path, data, recipe(batch_images=81))
    assert not list(tmp_path.iterdir())
