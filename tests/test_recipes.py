"""What recipes can ask beyond the paper: a crop, a warm start, recalibration, precision, several devices."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from making_shards import write as write_shard
from processes import run_python
from training_runs import SIZE, recipe, train, write_both

import models
from models import ModelError, detector, devices, training, weights
from models.dataset import Pairs, epoch_order, in_order
from models.inference import Inference
from models.network_detector import NetworkDetector
from models.pipeline import batches

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, as it saves


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_both(tmp_path_factory.mktemp("recipes"))


@pytest.fixture(scope="module")
def started(data, tmp_path_factory):
    """A finished training of one epoch."""
    train(folder := tmp_path_factory.mktemp("started"), data, recipe(epochs=1))
    return folder


# ---- warm start


def test_a_start_gives_features_and_head(data, started):
    model = weights.build("xu-net", "fc", recipe(), SIZE)
    said = weights.warm_start(model, started)
    assert said.endswith("fresh: none") and str(started) in said
    for layer, donor in zip(model.layers, weights.load(started).layers, strict=True):
        for ours, theirs in zip(layer.get_weights(), donor.get_weights(), strict=True):
            assert np.array_equal(ours, theirs)


def test_another_head_and_size_take_the_features_only(started):
    keras.utils.set_random_seed(5)
    model = weights.build("xu-net", "lstm", recipe(), 64)
    before = {layer.name: layer.get_weights() for layer in model.layers}
    said = weights.warm_start(model, started)
    donor = {layer.name: layer.get_weights() for layer in weights.load(started).layers}
    assert "fresh: classification_lstm_1, classification_lstm_2, softmax" in said
    for layer in model.layers:
        expected = donor if layer.name.startswith(("features", "preprocessing")) else before
        assert all(map(np.array_equal, layer.get_weights(), expected[layer.name])), layer.name


def test_a_training_begins_where_its_start_ended(data, started, tmp_path):
    """At a learning rate of next to nothing the first validation is that of the start."""
    still = recipe(epochs=1, learning_rate=1e-12, batch_norm_momentum=0.999)
    history = train(tmp_path, data, still, warm_start=started)
    model = weights.load(started)
    scores = Inference(model).stego_probabilities(batches(Pairs(data["val"]), in_order(8), 8))
    right = np.where(np.arange(16) % 2 == 1, scores, 1 - scores)
    assert history[0].val_loss == pytest.approx(-np.log(right).mean(), rel=0.05)


def test_a_start_of_another_network_is_refused(data, started, tmp_path):
    told = r"warm_start: expected weights of first-method, got others in .*: name another"
    with pytest.raises(ModelError, match=told):
        train(tmp_path, data, recipe(), network="first-method", warm_start=started)


@pytest.mark.parametrize("missing", ["model.json", "model.weights.h5"])
def test_an_unfinished_training_cannot_be_loaded(started, tmp_path, missing):
    for name in {"model.json", "model.weights.h5"} - {missing}:
        (tmp_path / name).write_bytes((started / name).read_bytes())
    with pytest.raises(ModelError, match=r"expected a finished training \(model.json, model.weights.h5\)"):
        weights.load(tmp_path)


def test_weights_that_changed_since_they_were_written_are_not_loaded(started, tmp_path):
    for name in ("model.json", "model.weights.h5"):
        content = bytearray((started / name).read_bytes())
        content[len(content) // 2] ^= name.endswith("h5")
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=r"model.weights.h5: expected sha256 .*: it was changed since it was written"):
        weights.load(tmp_path)


# ---- crop


def test_crops_lie_everywhere_and_alike_for_both_images(tmp_path):
    y, x = np.mgrid[:6, :6]
    cover = np.broadcast_to(10 * y + x, (1, 6, 6))
    pairs = Pairs([write_shard(tmp_path / "a.h5", cover, cover + 100)], crop=4)
    corners = set()
    for epoch in range(1, 200):
        gathered = pairs.gather(epoch_order(1, seed=1, epoch=epoch, paired=True, augment=False))[..., 0]
        assert gathered.shape == (2, 4, 4) and np.array_equal(gathered[1], gathered[0] + 100)
        top, left = divmod(int(gathered[0, 0, 0]), 10)
        assert np.array_equal(gathered[0], cover[0, top : top + 4, left : left + 4])
        corners.add((top, left))
    assert corners == {(top, left) for top in range(3) for left in range(3)}
    centre = pairs.gather(in_order(1))[0, :, :, 0]
    assert np.array_equal(centre, cover[0, 1:5, 1:5])


def test_a_crop_larger_than_the_images_is_refused(data):
    with pytest.raises(ModelError, match="crop: expected at most the 32 pixels of the images, got 33"):
        Pairs(data["train"], crop=33)


# ---- recalibration


def test_recalibration_takes_the_mean_over_all_batches(data):
    """By hand for the first batch normalisation of Xu-Net, whose input depends on no other."""
    keras.utils.set_random_seed(1)
    model = weights.build("xu-net", "fc", recipe(batch_norm_momentum=0.2), SIZE)
    rows = epoch_order(20, seed=1, epoch=1, paired=False, augment=True)
    seen = batches(Pairs(data["train"]), rows, 8)
    layer = model.get_layer("features_1_bn")
    below = keras.Model(model.input, layer.input)
    inputs = [below(tf.cast(images, tf.float32)).numpy() for images, _ in seen]
    Inference(model).recalibrate(seen)
    mean = np.mean([batch.mean(axis=(0, 1, 2)) for batch in inputs], axis=0)
    variance = np.mean([batch.var(axis=(0, 1, 2)) for batch in inputs], axis=0)
    assert layer.moving_mean.numpy() == pytest.approx(mean, rel=1e-4, abs=1e-5)
    assert layer.moving_variance.numpy() == pytest.approx(variance, rel=1e-3)
    assert layer.momentum == 0.2 and model.get_layer("features_2_dropout").rate == 0.1


def test_recalibration_changes_moving_statistics_only(data):
    model = weights.build("first-method", "fc", recipe(), SIZE)
    before = {weight.path: weight.numpy() for weight in model.weights}
    Inference(model).recalibrate(batches(Pairs(data["train"]), in_order(20), 8))
    for weight in model.weights:
        assert np.array_equal(before[weight.path], weight.numpy()) != ("moving" in weight.path), weight.path


# ---- precision and dropout


@pytest.mark.parametrize("network", ["xu-net", "zhu-net"])
def test_half_precision_keeps_what_needs_float32(network):
    model = models.build(network, head="lstm", image_size=64, precision="bfloat16")
    by_name = {layer.name: layer for layer in model.layers}
    assert by_name["preprocessing_srm"].compute_dtype == by_name["softmax"].compute_dtype == "float32"
    assert by_name["features_3_conv"].compute_dtype == by_name["classification_lstm_1"].compute_dtype == "bfloat16"
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    images = np.random.default_rng(1).integers(0, 256, (4, 64, 64, 1)).astype(np.float32)
    keras.utils.set_random_seed(2)
    whole = models.build(network, head="lstm", image_size=64)
    whole.set_weights(model.get_weights())
    assert model(images).numpy() == pytest.approx(whole(images).numpy(), abs=0.02)


@pytest.mark.parametrize("network", ["xu-net", "ye-net", "yedroudj-net"])
def test_three_copies_computed_as_one_are_the_same_network(network):
    """Without dropout the network is built otherwise: same weights, same scores."""
    plain, folded = (models.build(network, head="fc", image_size=48, spatial_dropout=rate) for rate in (0.1, 0.0))
    assert [w.shape for w in plain.get_weights()] == [w.shape for w in folded.get_weights()]
    assert models.parameter_counts(plain) == models.parameter_counts(folded)
    folded.set_weights(plain.get_weights())
    images = np.random.default_rng(1).integers(0, 256, (3, 48, 48, 1)).astype(np.float32)
    assert folded(images).numpy() == pytest.approx(plain(images).numpy(), rel=1e-4)


# ---- several devices: a process of its own, as devices are made before TensorFlow is used

MIRRORED = """
import sys
import keras, numpy as np, tensorflow as tf
from models import devices, training, weights
from training_runs import recipe
devices.configure(1)
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = devices.strategy(["CPU:0", "CPU:1"] if sys.argv[2] == "2" else None)
assert strategy.num_replicas_in_sync == int(sys.argv[2])
chosen = recipe(optimizer="sgd", learning_rate=0.01, momentum=0.9, batch_images=8, spatial_dropout=0.0)
keras.utils.set_random_seed(1)
with strategy.scope():
    model = weights.build("xu-net", "fc", chosen, 32)
    optimizer = training.optimizer_of(chosen, 10)
    optimizer.build(model.trainable_variables)
step = training.train_step(model, optimizer, strategy, chosen)
images = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 1)).astype(np.uint8)
half = tf.data.Dataset.from_tensors((np.tile(images, (2, 1, 1, 1)), np.tile(np.eye(2, dtype="float32"), (4, 1))))
seen = [step(*batch) for batch in strategy.experimental_distribute_dataset(half.repeat(3))]
np.savez(sys.argv[1], seen=np.array(seen), **{str(i): w for i, w in enumerate(model.get_weights())})
"""


def mirrored(path, replicas):
    done = run_python(MIRRORED, path, replicas, timeout=None)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(path) as saved:
        return dict(saved)


@pytest.mark.slow
def test_a_batch_on_two_devices_takes_the_steps_of_one(tmp_path):
    """Two halves alike, so that the batch statistics of a device are those of the whole batch."""
    one, two = (mirrored(tmp_path / f"{n}.npz", n) for n in (1, 2))
    assert one.keys() == two.keys() and len(one) > 20
    for name in one:
        assert two[name] == pytest.approx(one[name], rel=1e-3, abs=1e-5), name
    assert not np.array_equal(one["seen"][0], one["seen"][2])


def test_a_batch_that_devices_cannot_share_is_refused(data, tmp_path, monkeypatch):
    class Three:
        num_replicas_in_sync = 3
        scope = tf.distribute.get_strategy().scope

    monkeypatch.setattr(devices, "strategy", Three)
    with pytest.raises(ModelError, match="batch_images: expected a multiple of 6 for 3 devices, got 8"):
        train(tmp_path, data, recipe())


# ---- optimizers and schedules


@pytest.mark.parametrize("name", ["adam", "adamax", "rmsprop", "sgd"])
def test_the_optimizer_is_the_one_asked_for(name):
    made = training.optimizer_of(recipe(optimizer=name, learning_rate=0.01, momentum=0.5), steps=10)
    assert type(made).__name__.lower() == name and float(made.learning_rate) == pytest.approx(0.01)
    constants = {"adam": 1e-8, "adamax": 1e-8, "rmsprop": 1e-7, "sgd": None}
    assert getattr(made, "epsilon", None) == constants[name]
    assert getattr(made, "beta_2", 0.999) == 0.999 and (name != "sgd" or made.momentum == 0.5)


def test_a_step_schedule_falls_by_its_factor_at_its_milestones():
    falling = recipe(schedule="step", epochs=10, learning_rate=1.0, milestones=[0.4, 0.8], factor=0.5)
    made = training.optimizer_of(falling, steps=10)
    rates = [float(made._learning_rate(step)) for step in (0, 40, 41, 80, 81, 99)]
    assert rates == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


# ---- averages and symmetries


def test_averaged_weights_are_validated_and_kept_and_training_goes_on_from_its_own(data, tmp_path):
    """With a rate of zero after the first steps nothing differs; else what is kept lies between start and end."""
    plain, averaged = (
        train(tmp_path / name, data, recipe(epochs=2, learning_rate=0.01, average=steps), network="first-method")
        for name, steps in (("plain", 0), ("averaged", 20))
    )
    assert [epoch.train_loss for epoch in plain] == [epoch.train_loss for epoch in averaged]  # the steps are the same
    assert [epoch.val_loss for epoch in plain] != [epoch.val_loss for epoch in averaged]
    last = [weights.build("first-method", "fc", recipe(), SIZE) for _ in range(2)]
    for model, name in zip(last, ("plain", "averaged"), strict=True):
        model.load_weights(tmp_path / name / "last.weights.h5")
    for one, other in zip(*(model.get_weights() for model in last), strict=True):
        np.testing.assert_array_equal(one, other)


def test_symmetries_are_averaged(data, started):
    model = weights.load(started)
    pairs = Pairs(data["val"])
    images = pairs.gather(in_order(len(pairs)))
    turned = [np.rot90(side, turns, axes=(1, 2)) for side in (images, images[:, :, ::-1]) for turns in range(4)]
    expected = np.mean([model.predict_on_batch(one.astype(np.float32))[:, 1] for one in turned], axis=0)
    found = Inference(model, symmetries=True).stego_probabilities(batches(pairs, in_order(len(pairs)), 8))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    described = detector.described(started)
    loaded = NetworkDetector(started, described | {"recipe": described["recipe"] | {"symmetries": True}})
    calibrated = 1 / (1 + (1 / expected - 1) ** (1 / described["temperature"]))
    np.testing.assert_allclose(loaded.scores([(one[..., 0],) for one in images]), calibrated, atol=1e-5)


# ---- processors

CPUINFO = "processor\t: 0\nmodel name\t: EPYC 7 of old\nflags\t\t: fpu avx2 {}\n"


@pytest.mark.parametrize(("more", "lacks"), [("", True), ("avx512f", True), ("avx512f avx512_bf16", False)])
def test_what_the_processor_can_do(tmp_path, monkeypatch, more, lacks):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    (tmp_path / "cpuinfo").write_text(CPUINFO.format(more))
    here = devices.processor(tmp_path / "cpuinfo")
    assert here == {"name": "EPYC 7 of old", "instructions": f"avx2 {more}".strip(), "onednn": "AVX2"}
    assert devices.lacks_half(here) == (lacks and not devices.has_gpu())
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA")
    assert devices.processor(tmp_path / "none")["instructions"] == "unknown"


def test_a_training_tells_its_processor_and_that_half_precision_is_emulated(data, tmp_path, monkeypatch):
    here = {"name": "EPYC 7 of old", "instructions": "avx2"}
    monkeypatch.setattr(devices, "processor", lambda: here)
    said = []
    train(tmp_path, data, recipe(epochs=1, precision="bfloat16"), network="first-method", log=said.append)
    assert "bfloat16 is emulated on this processor (avx2), and slower than float32: change `precision`" in said
    assert weights.described(tmp_path)["processor"] == here
