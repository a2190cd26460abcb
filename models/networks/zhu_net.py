"""Zhu-Net (Zhang et al., 2020, doi:10.1109/TIFS.2019.2936913), as Tabares-Soto et al. (2021) arrange it."""

import keras
from keras import layers

from models.networks import blocks


def build(options: blocks.Options) -> keras.Model:
    """Build Zhu-Net; see `models.build`, which checks the options.

    Returns
    -------
    keras.Model
        [n, image_size, image_size, 1] to [n, 2]; at 256 pixels the features are 32×32×128.
    """
    momentum = options.batch_norm_momentum
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="valid", residual=options.residual)
    x = blocks.batch_norm(x, "features_srm_bn", momentum=momentum)
    x = shortcut = layers.SpatialDropout2D(options.spatial_dropout, name="features_srm_dropout")(x)
    x = _separable(x, 1, momentum)
    x = _separable(x, 2, momentum)
    x = layers.Add()([x, shortcut])
    x = blocks.halve(_convolution(x, 3, 32, 3, momentum))
    x = blocks.halve(_convolution(x, 4, 32, 3, momentum))
    x = blocks.halve(_convolution(x, 5, 64, 3, momentum))
    x = _convolution(x, 6, 128, 5, momentum)
    x = _fc_head(x) if options.head == "fc" else blocks.sequence_head(x, options, padding="same")
    return keras.Model(pixels, x, name="zhu-net")


# The absolute value that the original takes here changes nothing after the ReLU in the convolution: it is left out.
def _separable(x: keras.KerasTensor, number: int, momentum: float) -> keras.KerasTensor:
    name = f"features_{number}"
    x = layers.SeparableConv2D(30, 3, depth_multiplier=3, padding="same", activation="relu", name=f"{name}_conv")(x)
    return blocks.batch_norm(x, f"{name}_bn", momentum=momentum)


def _convolution(x: keras.KerasTensor, number: int, filters: int, kernel: int, momentum: float) -> keras.KerasTensor:
    name = f"features_{number}"
    options = {"padding": "same", "activation": "relu", "kernel_initializer": "glorot_normal"}
    x = layers.Conv2D(filters, kernel, **options, name=f"{name}_conv")(x)
    return blocks.batch_norm(x, f"{name}_bn", momentum=momentum)


def _fc_head(x: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.GlobalAveragePooling2D()(x)
    for units, dropout in ((128, 0.2), (64, 0.2), (32, 0.0)):
        x = layers.Dense(units, activation="relu", name=f"classification_dense_{units}")(x)
        if dropout:
            x = layers.Dropout(dropout)(x)
    return blocks.softmax(x, initializer="glorot_uniform")
