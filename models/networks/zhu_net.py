"""Zhu-Net (Zhang et al., 2020, doi:10.1109/TIFS.2019.2936913), as Tabares-Soto et al. (2021) arrange it."""

import keras
from keras import layers

from models.networks import blocks
from models.networks.blocks import Options


def build(options: Options) -> keras.Model:
    """Build Zhu-Net; at 256 pixels the features are 32×32×128."""
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="valid", residual=options.residual)
    x = blocks.batch_norm(x, "features_srm", options)
    x = shortcut = layers.SpatialDropout2D(options.spatial_dropout, name="features_srm_dropout")(x)
    # the absolute value that the original takes in these two changes nothing after their ReLU: it is left out
    for number in (1, 2):
        separable = {"depth_multiplier": 3, "padding": "same", "activation": "relu"}
        x = layers.SeparableConv2D(30, 3, **separable, name=f"features_{number}_conv")(x)
        x = blocks.batch_norm(x, f"features_{number}", options)
    x = layers.Add()([x, shortcut])
    for number, (filters, kernel) in enumerate(((32, 3), (32, 3), (64, 3), (128, 5)), 3):
        plain = {"padding": "same", "activation": "relu", "kernel_initializer": "glorot_normal"}
        x = layers.Conv2D(filters, kernel, **plain, name=f"features_{number}_conv")(x)
        x = blocks.batch_norm(x, f"features_{number}", options)
        x = blocks.halve(x) if number < 6 else x
    x = _fc_head(x) if options.head == "fc" else blocks.sequence_head(x, options, padding="same")
    return keras.Model(pixels, x, name="zhu-net")


def _fc_head(x: keras.KerasTensor) -> keras.KerasTensor:
    x = layers.GlobalAveragePooling2D()(x)
    for units, dropout in ((128, 0.2), (64, 0.2), (32, 0.0)):
        x = layers.Dense(units, activation="relu", name=f"classification_dense_{units}")(x)
        if dropout:
            x = layers.Dropout(dropout)(x)
    return blocks.softmax(x, initializer="glorot_uniform")
