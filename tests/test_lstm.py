"""The LSTM of the networks computes on a CPU what Keras' does, from the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import models
from models.networks.lstm import LSTM

FEATURES, UNITS = 6, 5


@pytest.fixture(autouse=True)
def _float32_again():
    yield
    keras.config.set_dtype_policy("float32")


def sequences(n=3, steps=17):
    return np.random.default_rng(n * steps).normal(size=(n, steps, FEATURES)).astype(np.float32)


def layers(units=UNITS, **options):
    """Keras' layer and ours, with the same weights; none of them is zero."""
    pair = []
    for make in (keras.layers.LSTM, LSTM):
        keras.utils.set_random_seed(3)
        layer = make(units, bias_initializer="glorot_uniform", unit_forget_bias=False, name="lstm", **options)
        layer.build((None, None, FEATURES))
        pair.append(layer)
    return pair


def computed(layer, x, graph=True, **call):
    """Outputs of a layer, and gradients of a loss of them with respect to its input and its weights."""

    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = tf.nest.flatten(layer(x, **call))
            loss = tf.add_n([tf.reduce_sum(tf.sin(tf.cast(output, tf.float32))) for output in outputs])
        return outputs, tape.gradient(loss, [x, *layer.trainable_weights])

    outputs, gradients = (tf.function(run) if graph else run)(tf.constant(x))
    return [np.asarray(tf.cast(value, tf.float32)) for value in (*outputs, *gradients)]


def check_equal(values, expected):
    assert len(values) == len(expected)
    for value, exact in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, exact, rtol=1e-5, atol=1e-5 * abs(exact).max())


# ---- the same function and gradients


@pytest.mark.parametrize("shape", [(1, 1), (1, 33), (3, 17), (16, 128)])
@pytest.mark.parametrize(
    "options", [{"return_sequences": True}, {}, {"return_state": True}, {"trainable": False}], ids=str
)
def test_outputs_and_gradients_equal_those_of_keras(options, shape):
    theirs, ours = layers(**options)
    assert ours.fused
    check_equal(computed(ours, sequences(*shape)), computed(theirs, sequences(*shape)))


def test_eager_states_and_many_units_too():
    theirs, ours = layers(units=128, return_sequences=True)
    state = [np.random.default_rng(i).normal(size=(3, 128)).astype(np.float32) for i in (1, 2)]
    options = {"graph": False, "initial_state": state}
    check_equal(computed(ours, sequences(), **options), computed(theirs, sequences(), **options))


@pytest.mark.parametrize(
    "options",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"use_bias": False},
        {"dropout": 0.5},
        {"recurrent_dropout": 0.5},
        {"go_backwards": True},
        {"unroll": True},
        {"dtype": "float64"},
    ],
    ids=str,
)
def test_other_options_take_the_path_of_keras(options, monkeypatch):
    monkeypatch.setattr(tf.raw_ops, "BlockLSTM", None)
    theirs, ours = layers(**options)
    assert not ours.fused
    check_equal(computed(ours, sequences(), training=True), computed(theirs, sequences(), training=True))


def test_a_stateful_layer_keeps_its_states():
    theirs, ours = (make(UNITS, stateful=True, seed=1) for make in (keras.layers.LSTM, LSTM))
    for layer in (theirs, ours):
        layer.build((3, 17, FEATURES))
    ours.set_weights(theirs.get_weights())
    for _ in range(2):
        np.testing.assert_array_equal(ours(sequences()), theirs(sequences()))
    assert not ours.fused


def test_a_mask_takes_the_path_of_keras(monkeypatch):
    monkeypatch.setattr(tf.raw_ops, "BlockLSTM", None)
    mask = np.arange(17) < np.array([[17], [5], [9]])
    theirs, ours = layers(return_sequences=True)
    check_equal(computed(ours, sequences(), mask=mask), computed(theirs, sequences(), mask=mask))


def test_a_gpu_takes_the_path_of_keras(monkeypatch):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda device_type: ["a GPU"])
    assert not LSTM(UNITS).fused


def test_bfloat16_is_computed_in_float32():
    expected, *_ = computed(layers(return_sequences=True)[1], sequences())
    ours = layers(return_sequences=True, dtype="mixed_bfloat16")[1]
    assert ours.fused and ours(sequences()).dtype == tf.bfloat16
    output, *gradients = computed(ours, sequences())
    np.testing.assert_allclose(output, expected, atol=2**-6)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_two_runs_give_the_same_bits():
    first, second = (computed(layers(units=64, return_sequences=True)[1], sequences(16, 200)) for _ in range(2))
    assert [value.tobytes() for value in first] == [value.tobytes() for value in second]


# ---- in the networks


@pytest.mark.parametrize("name", ["first-method", "xu-net"])
def test_weights_go_to_keras_layers_and_back(name, tmp_path, monkeypatch):
    def network():
        return models.build(name, head="lstm", image_size=48)

    ours = network()
    ours.save_weights(tmp_path / "ours.weights.h5")
    with monkeypatch.context() as patch:
        patch.setattr("models.networks.lstm.LSTM", keras.layers.LSTM)
        theirs = network()
    assert models.parameter_counts(theirs) == models.parameter_counts(ours)
    assert [weight.path for weight in theirs.weights] == [weight.path for weight in ours.weights]
    theirs.load_weights(tmp_path / "ours.weights.h5")
    pixels = np.random.default_rng(1).integers(0, 256, (2, 48, 48, 1))
    np.testing.assert_allclose(theirs(pixels), ours(pixels), rtol=1e-5)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    again = network()
    again.load_weights(tmp_path / "theirs.weights.h5")
    np.testing.assert_array_equal(again(pixels), ours(pixels))
    assert any(isinstance(layer, LSTM) for layer in ours.layers)
    assert not any(isinstance(layer, LSTM) for layer in theirs.layers)
