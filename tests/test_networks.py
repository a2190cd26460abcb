"""Networks: weights as the paper counts them, the SRM bank, what goes in and comes out, and the messages of errors."""

import hashlib
import re

import keras
import numpy as np
import pytest

import models
from models.networks import srm

# weights that train, and the paper's count (Tables 1 and 5), at 256×256
COUNTS = {
    ("xu-net", "fc"): (86_554, 86_554),
    ("ye-net", "fc"): (87_562, 87_562),
    ("yedroudj-net", "fc"): (251_110, 251_110),
    ("zhu-net", "fc"): (275_684, 275_684),
    ("first-method", "fc"): (434_522, 434_522),
    ("xu-net", "lstm"): (302_586, 39_418),
    ("ye-net", "lstm"): (135_210, 118_570),
    ("yedroudj-net", "lstm"): (467_142, 203_974),
    ("zhu-net", "lstm"): (528_324, 265_156),
    ("first-method", "lstm"): (440_912, 433_592),
    # not in the paper: counted on models of their authors
    ("srnet", "fc"): (4_779_618, 4_779_618),
    ("srnet-slim", "fc"): (64_105, 64_105),
    ("gbras-net", "fc"): (164_734, 164_734),
    ("gbras-net", "lstm"): (226_772, 168_692),
}
#: With moving statistics and fixed filters.
IN_ALL = {"srnet": 4_784_930, "gbras-net": 166_598}
WITH_LSTM = tuple(name for name in models.NETWORKS if models.has_head(name, "lstm"))
FORMS = [(name, head) for name in models.NETWORKS for head in models.HEADS if models.has_head(name, head)]
FEATURES = {"xu-net": 26_872, "ye-net": 64_744, "yedroudj-net": 191_428, "zhu-net": 248_770}
FC_STAGE = {"xu-net": 59_616, "ye-net": 22_752, "yedroudj-net": 59_616, "zhu-net": 26_848}  # Table 5 misprints the last
CNNS = tuple(FEATURES)
#: Digests of names and shapes of all weights, with the head lstm where there is one.
NAMES = {
    "xu-net": "ce574094",
    "ye-net": "cef9f453",
    "yedroudj-net": "4eb3c135",
    "zhu-net": "d969462b",
    "srnet": "1c283f05",
    "srnet-slim": "d86379c3",
    "gbras-net": "1e868272",
    "first-method": "fcb7f7e1",
}


@pytest.fixture(autouse=True)
def _float32_again():
    yield
    keras.config.set_dtype_policy("float32")


def images(n: int, size: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (n, size, size, 1)).astype(dtype)


# ---- counts


@pytest.mark.parametrize(("name", "head"), COUNTS)
def test_totals_equal_the_paper(name, head):
    counts = models.parameter_counts(models.build(name, head=head))
    assert (counts.trained, counts.paper) == COUNTS[name, head]


@pytest.mark.parametrize("name", IN_ALL)
def test_weights_in_all(name):
    assert models.build(name, head="fc").count_params() == IN_ALL[name]


@pytest.mark.parametrize("options", [{"head": "lstm", "lstm_trainable": False}, {"head": "pool"}], ids=str)
@pytest.mark.parametrize("name", WITH_LSTM)
def test_frozen_lstm_and_pool_train_what_the_paper_counts(name, options):
    model = models.build(name, **options)
    counts = models.parameter_counts(model)
    assert (counts.trained, counts.paper) == (COUNTS[name, "lstm"][1],) * 2
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == counts.trained


@pytest.mark.parametrize("name", CNNS)
def test_stages(name):
    fc = models.parameter_counts(models.build(name, head="fc")).stages
    assert tuple(fc) == models.STAGES
    assert fc["preprocessing"] == models.Count(0, 0)
    assert fc["features"].trained == FEATURES[name]
    assert fc["classification"].trained == FC_STAGE[name]
    lstm = models.parameter_counts(models.build(name, head="lstm")).stages
    assert lstm["features"] == fc["features"]
    trained, paper = COUNTS[name, "lstm"]
    assert lstm["classification"] == models.Count(trained - paper, 0)


def test_count_of_another_model_is_refused():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="plain")], name="other")
    with pytest.raises(models.ModelError, match=r"layer 'plain' of model 'other': expected a name that starts with"):
        models.parameter_counts(model)


# ---- what goes in and comes out


@pytest.mark.parametrize(("name", "head"), FORMS)
def test_output_is_two_probabilities_and_stages_add_up_to_what_keras_counts(name, head):
    size = 40 if name == "first-method" else 72  # one LSTM step a place: keep them few
    model = models.build(name, head=head, image_size=size)
    counts = models.parameter_counts(model)
    assert counts.trained == sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert counts.trained == sum(stage.trained for stage in counts.stages.values())
    assert counts.paper == sum(stage.paper for stage in counts.stages.values())
    scores = model(images(3, size)).numpy()
    assert scores.shape == (3, 2)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    assert (scores >= 0).all()


@pytest.mark.parametrize(("name", "head"), FORMS)
def test_smallest_size_builds_and_one_less_is_refused(name, head):
    smallest = models.smallest_image(name, head)
    assert models.build(name, head=head, image_size=smallest).output_shape == (None, 2)
    with pytest.raises(models.ModelError, match=rf"{name} with head {head} expected at least {smallest} pixels, got"):
        models.build(name, head=head, image_size=smallest - 1)


def test_weights_keep_their_names_and_shapes():
    """Weights of finished trainings are read by them: whoever changes one says so in CHANGELOG.md."""
    digests = {}
    for name in models.NETWORKS:
        head = "lstm" if models.has_head(name, "lstm") else "fc"
        weights = models.build(name, head=head, image_size=64).weights
        names = (f"{weight.path} {tuple(weight.shape)}" for weight in weights if "seed" not in weight.path)
        text = "\n".join(names)
        digests[name] = hashlib.sha256(text.encode()).hexdigest()[:8]
    assert digests == NAMES


def test_same_seed_same_weights():
    def scores(seed: int) -> np.ndarray:
        keras.utils.set_random_seed(seed)
        return models.build("xu-net", head="lstm", image_size=64)(images(2, 64)).numpy()

    np.testing.assert_array_equal(scores(3), scores(3))
    assert not np.array_equal(scores(3), scores(4))


def test_pixel_type_changes_nothing():
    model = models.build("xu-net", head="pool", image_size=40)
    expected = model(images(2, 40, np.float32)).numpy()
    np.testing.assert_array_equal(model(images(2, 40, np.uint8)).numpy(), expected)
    np.testing.assert_array_equal(model(images(2, 40, np.float64)).numpy(), expected)


@pytest.mark.parametrize("name", ["xu-net", "zhu-net"])
def test_features_carry_over_to_another_size_and_head(name):
    small, large = (models.build(name, head=head, image_size=size) for head, size in (("fc", 40), ("lstm", 64)))

    def features(model: keras.Model) -> dict[str, tuple[int, ...]]:
        return {w.path: tuple(w.shape) for layer in model.layers if layer.name[:8] == "features" for w in layer.weights}

    shapes = {path: shape for path, shape in features(small).items() if "dropout" not in path}
    assert shapes
    assert shapes == {path: shape for path, shape in features(large).items() if "dropout" not in path}


@pytest.mark.parametrize("head", models.HEADS)
@pytest.mark.parametrize("name", CNNS)
def test_every_trained_weight_gets_a_gradient(name, head):
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    model = models.build(name, head=head, image_size=64)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(tf.math.log(model(images(2, 64), training=True)[:, 0]))
    for weight, gradient in zip(model.trainable_weights, tape.gradient(loss, model.trainable_weights), strict=True):
        assert gradient is not None, weight.path
        assert np.isfinite(gradient.numpy()).all(), weight.path


def test_batch_norm_momentum_reaches_every_layer():
    for name in models.NETWORKS:
        for momentum, model in (
            (0.2, models.build(name, head="fc", image_size=64)),
            (0.9, models.build(name, head="fc", image_size=64, batch_norm_momentum=0.9)),
        ):
            norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
            assert norms
            assert {norm.momentum for norm in norms} == {momentum}


def test_weight_decay_is_where_the_networks_have_it():
    losses = {name: len(models.build(name, head="fc", image_size=64).losses) for name in models.NETWORKS}
    # kernel and bias of 5, 4 and 5 convolutions, three dense layers and the softmax
    ours = {"srnet": 26, "srnet-slim": 26, "gbras-net": 0}  # kernels of 26 convolutions
    assert losses == {"xu-net": 18, "ye-net": 16, "yedroudj-net": 18, "zhu-net": 0, "first-method": 0} | ours


# ---- SRM


def test_bank_is_thirty_whole_numbered_kernels_that_sum_to_zero():
    bank = srm.kernels()
    assert bank.shape == (5, 5, 1, 30)
    assert bank.dtype == np.float32
    np.testing.assert_array_equal(bank, np.round(bank))
    np.testing.assert_array_equal(bank.sum(axis=(0, 1, 2)), 0)
    assert len({kernel.tobytes() for kernel in np.moveaxis(bank[:, :, 0], -1, 0)}) == 30


def test_largest_magnitudes_by_class():
    largest = np.abs(srm.kernels()).max(axis=(0, 1, 2))
    assert largest.tolist() == [1] * 8 + [2] * 4 + [3] * 8 + [4] * 5 + [12] * 5


def test_squares_are_symmetric():
    bank = srm.kernels()[:, :, 0]
    for index, outer in ((20, bank[1, 1, 20]), (25, bank[0, 0, 25])):
        square = bank[..., index]
        assert outer == -1
        np.testing.assert_array_equal(square, square.T)
        np.testing.assert_array_equal(square, np.rot90(square))
        np.testing.assert_array_equal(square, np.fliplr(square))


def test_directions_are_quarter_turns_clockwise():
    bank = srm.kernels()[:, :, 0]
    for start in (0, 12):  # N NE E SE S SW W NW: two steps on is a quarter turn
        for direction in range(8):
            turned = np.rot90(bank[..., start + direction], -1)
            np.testing.assert_array_equal(bank[..., start + (direction + 2) % 8], turned)
    np.testing.assert_array_equal(bank[..., 10], np.rot90(bank[..., 8], -1))  # second order: N, E
    np.testing.assert_array_equal(bank[..., 11], np.rot90(bank[..., 9], -1))  # NE, NW
    for start in (21, 26):  # top, right, bottom, left
        for turns in range(4):
            np.testing.assert_array_equal(bank[..., start + turns], np.rot90(bank[..., start], -turns))


def test_kernels_of_each_class_literally():
    bank = srm.kernels()[:, :, 0].astype(int)
    assert (bank[1, 2, 0], bank[2, 2, 0]) == (1, -1)  # N
    assert (bank[1, 3, 1], bank[2, 2, 1]) == (1, -1)  # NE
    assert bank[:, 2, 8].tolist() == [0, 1, -2, 1, 0]  # second order, N
    assert bank[2, :, 14].tolist() == [0, 1, -3, 3, -1]  # third order, E
    assert np.diag(bank[..., 19]).tolist() == [-1, 3, -3, 1, 0]  # third order, NW
    assert bank[1:4, 1:4, 21].tolist() == [[-1, 2, -1], [2, -4, 2], [0, 0, 0]]
    assert bank[..., 28].tolist()[:3] == [[0] * 5, [0] * 5, [-2, 8, -12, 8, -2]]


@pytest.mark.parametrize("name", [name for name in models.NETWORKS if not name.startswith("srnet")])
def test_srm_layer_is_fixed_with_bias_one(name):
    model = models.build(name, head="fc", image_size=64)
    layer = model.get_layer("preprocessing_srm")
    kernel, bias = layer.get_weights()
    np.testing.assert_array_equal(kernel, srm.kernels())
    np.testing.assert_array_equal(bias, 1)
    assert layer.trainable_weights == []
    assert layer.padding == ("same" if name in ("yedroudj-net", "gbras-net", "first-method") else "valid")


def test_srnet_takes_pixels_as_they_are_and_starts_as_its_authors_do():
    keras.utils.set_random_seed(2)
    model = models.build("srnet-slim", head="fc", image_size=64)
    names = [layer.name for layer in model.layers if layer.weights]
    assert not any(name.startswith("preprocessing") for name in names) and names[0] == "features_1_conv"
    kernel, bias = model.get_layer("features_2_conv").get_weights()
    assert (bias == np.float32(0.2)).all() and abs(kernel.std() / np.sqrt(2 / (9 * 64)) - 1) < 0.1  # He
    assert abs(model.get_layer("softmax").get_weights()[0].std() - 0.01) < 0.005
    assert len(model.losses) == sum(name.endswith("_conv") for name in names)  # L2 on kernels alone


def test_initialisers_are_those_of_the_sources():
    def of(name, layer):
        return type(models.build(name, head="fc", image_size=64).get_layer(layer).kernel_initializer).__name__

    assert [of(name, "softmax") for name in ("xu-net", "yedroudj-net", "zhu-net")] == ["GlorotUniform"] * 3
    assert (
        of("ye-net", "softmax") == of("zhu-net", "features_6_conv") == of("xu-net", "features_3_conv") == "GlorotNormal"
    )


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("residual", models.RESIDUALS)
def test_residuals_equal_plain_correlation_under_every_precision(policy, residual):
    keras.config.set_dtype_policy(policy)
    model = models.build("xu-net", head="pool", image_size=40, residual=residual)
    layer = model.get_layer("preprocessing_srm")
    # nearly flat, so that not every residual ends at the limit
    pixels = 200 + images(1, 40) % 3
    got = keras.Model(model.input, layer.output)(pixels).numpy()
    windows = np.lib.stride_tricks.sliding_window_view(pixels[0, :, :, 0].astype(float), (5, 5))
    plain = np.einsum("rcij,ijk->rck", windows, srm.kernels()[:, :, 0]) + 1
    expected = 3 * np.tanh(plain) if residual == "tanh" else np.clip(plain, -3, 3)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got[0], expected, atol=1e-5)
    scores = model(pixels).numpy()
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)


# ---- errors


def test_names_are_the_public_ones():
    ours = ("srnet", "srnet-slim", "gbras-net")
    assert list(models.NETWORKS) == ["xu-net", "ye-net", "yedroudj-net", "zhu-net", *ours, "first-method"]
    assert models.HEADS == ("fc", "lstm", "pool")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"name": "Xunet"},
            "network: expected one of xu-net, ye-net, yedroudj-net, zhu-net, srnet, srnet-slim, gbras-net, "
            "first-method, got 'Xunet'; did you mean 'xu-net'?",
        ),
        ({"name": None}, "first-method, got None"),
        ({"head": "lstms"}, "head: expected one of fc, lstm, pool, got 'lstms'; did you mean 'lstm'?"),
        ({"head": "?"}, "head: expected one of fc, lstm, pool, got '?'"),
        ({"residual": "tan"}, "residual: expected one of tanh, clip, got 'tan'; did you mean 'tanh'?"),
        (
            {"image_size": 16},
            "image_size: xu-net with head fc expected at least 32 pixels, got 16; the nearest valid size is 32",
        ),
        (
            {"name": "srnet", "head": "lstm"},
            "head: expected fc or pool for srnet, whose features are too wide for LSTMs, got lstm",
        ),
        *(
            ({"image_size": size}, f"image_size: expected a positive whole number of pixels, got {size!r}")
            for size in (0, -64, 64.0, "64", True)
        ),
        *(
            ({"batch_norm_momentum": value}, f"batch_norm_momentum: expected a number from 0 to below 1, got {value!r}")
            for value in (1, "0.2")
        ),
    ],
)
def test_messages(arguments, message):
    with pytest.raises(models.ModelError, match=re.escape(message) + "$"):
        models.build(**({"name": "xu-net", "head": "fc"} | arguments))
