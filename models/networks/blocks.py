"""The parts that the networks share: input, SRM layer, convolution block, pooling and the heads.

The name of each layer with weights starts with its stage (`models.STAGES`), by which `models.parameter_counts` sorts
them. The names of a network's features are the same with every head and image size.
"""

from dataclasses import dataclass

import keras
from keras import layers, ops, regularizers

from models.networks import lstm, srm

LEAK = 0.1  # slope of ReLU below zero
DECAY = 1e-4  # L2 on kernels and biases


@dataclass(frozen=True)
class Options:
    """Options of a network; `models.build` explains and checks them."""

    head: str
    image_size: int
    lstm_trainable: bool
    batch_norm_momentum: float
    residual: str
    spatial_dropout: float


def pixels(image_size: int) -> keras.KerasTensor:
    """Input of grey values 0..255, not scaled: [n, image_size, image_size, 1], cast to float32."""
    return keras.Input((image_size, image_size, 1), dtype="float32", name="pixels")


@keras.saving.register_keras_serializable("steganalysis")
def tanh_residual(x: keras.KerasTensor) -> keras.KerasTensor:
    """Compress residuals to (-3, 3) by 3·tanh(x), as the paper does."""
    return 3.0 * ops.tanh(x)


@keras.saving.register_keras_serializable("steganalysis")
def clip_residual(x: keras.KerasTensor) -> keras.KerasTensor:
    """Truncate residuals at ±3."""
    return ops.clip(x, -3.0, 3.0)


@keras.saving.register_keras_serializable("steganalysis")
def srm_kernels(shape: tuple[int, ...], dtype: str | None = None) -> keras.KerasTensor:
    """Initialise a kernel of shape [5, 5, 1, 30] with the SRM bank."""
    return ops.reshape(ops.convert_to_tensor(srm.kernels(), dtype=dtype), shape)


def srm_residuals(x: keras.KerasTensor, *, padding: str, residual: str) -> keras.KerasTensor:
    """Filter pixels with the 30 SRM kernels and a bias of one, none of them trained, then compress (Fig. 5).

    Float32 under every precision policy: residuals reach some 10,000, where bfloat16 counts in steps of 64.
    """
    return layers.Conv2D(
        30,
        5,
        padding=padding,
        activation={"tanh": tanh_residual, "clip": clip_residual}[residual],
        kernel_initializer=srm_kernels,
        bias_initializer="ones",
        trainable=False,
        dtype="float32",
        name="preprocessing_srm",
    )(x)


@keras.saving.register_keras_serializable("steganalysis")
class TripledConv2D(layers.Conv2D):
    """Convolution of three copies of its input side by side, computed on one: the kernels of the copies are summed.

    The same weights and the same function as Conv2D on the concatenation, at a third of the sums.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights of a convolution of three times the channels."""
        *outer, channels = input_shape
        super().build((*outer, 3 * (channels or 0)))
        self.input_spec = None

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Convolve: [n, h, w, c] to [n, h', w', filters]."""
        kernel = sum(ops.split(self.kernel, 3, axis=2))
        return ops.conv(x, kernel, padding=self.padding) + self.bias


def batch_norm(x: keras.KerasTensor, name: str, options: Options, *, gamma: bool = False) -> keras.KerasTensor:
    """Normalise by batch, with a learned shift, and a learned scale only with `gamma`."""
    momentum = options.batch_norm_momentum
    return layers.BatchNormalization(momentum=momentum, epsilon=1e-3, scale=gamma, name=f"{name}_bn")(x)


def block(
    x: keras.KerasTensor,
    number: int,
    filters: int,
    kernel: int,
    *,
    options: Options,
    padding: str = "same",
    gamma: bool = False,
    copies: int = 1,
) -> keras.KerasTensor:
    """Apply a block of Xu-Net, Ye-Net or Yedroudj-Net: spatial dropout (from block 2), convolution, leaky ReLU,
    absolute value, batch normalisation.

    With three `copies` of the input side by side, dropout draws for each; without dropout they are computed as one.
    """
    name = f"features_{number}"
    convolution = layers.Conv2D
    if number > 1 and options.spatial_dropout:
        x = three_copies(x) if copies == 3 else x
        x = layers.SpatialDropout2D(options.spatial_dropout, name=f"{name}_dropout")(x)
    elif copies == 3:
        convolution = TripledConv2D
    x = convolution(filters, kernel, padding=padding, name=f"{name}_conv", **_weights(DECAY))(x)
    x = ops.absolute(ops.leaky_relu(x, LEAK))
    return batch_norm(x, name, options, gamma=gamma)


def three_copies(x: keras.KerasTensor) -> keras.KerasTensor:
    """Concatenate a tensor with itself to three times the channels."""
    return layers.Concatenate()([x, x, x])


def halve(x: keras.KerasTensor) -> keras.KerasTensor:
    """Average over 5×5 with stride 2, padded: half the side, rounded up."""
    return layers.AveragePooling2D(5, strides=2, padding="same")(x)


def softmax(
    x: keras.KerasTensor, decay: float = 0.0, initializer: str | keras.Initializer = "glorot_normal"
) -> keras.KerasTensor:
    """Return the probabilities of cover and stego, in float32 under every precision policy."""
    weights = _weights(decay) | {"kernel_initializer": initializer}
    return layers.Dense(2, activation="softmax", dtype="float32", name="softmax", **weights)(x)


def sequence_head(x: keras.KerasTensor, options: Options, *, padding: str = "valid") -> keras.KerasTensor:
    """Pass average-pooled features, position by position, through two LSTMs (Fig. 4) or straight to the softmax."""
    x = layers.AveragePooling2D(5, strides=4, padding=padding)(x)
    channels = x.shape[-1]
    x = layers.Reshape((-1, channels))(x)
    if options.head == "lstm":
        for number in (1, 2):
            name = f"classification_lstm_{number}"
            x = lstm.LSTM(channels, return_sequences=True, trainable=options.lstm_trainable, name=name)(x)
    return softmax(layers.Flatten()(x))


def classify(x: keras.KerasTensor, options: Options, initializer: str = "glorot_uniform") -> keras.KerasTensor:
    """Put a head on the features of Xu-Net, Ye-Net or Yedroudj-Net.

    fc is three dense layers on the mean of three copies of the features (Tabares-Soto et al., 2021); its softmax starts
    from `initializer`, as the source does.
    """
    if options.head != "fc":
        return sequence_head(x, options)
    x = layers.GlobalAveragePooling2D()(three_copies(x))
    for units in (128, 64, 32):
        x = layers.Dense(units, name=f"classification_dense_{units}", **_weights(DECAY))(x)
        x = ops.leaky_relu(x, LEAK)
    return softmax(x, DECAY, initializer)


def _weights(decay: float) -> dict[str, object]:
    """Initialiser and regularisers of a convolution or dense layer."""
    regularizer = regularizers.L2(decay) if decay else None
    return {
        "kernel_initializer": "glorot_normal",
        "kernel_regularizer": regularizer,
        "bias_regularizer": regularizer,
    }
