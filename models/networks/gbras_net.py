"""GBRAS-Net (Reinel et al., 2021, doi:10.1109/ACCESS.2021.3052494), by the notebook of its authors."""

import keras
from keras import layers

from models.networks import blocks
from models.networks.blocks import Options


def build(options: Options) -> keras.Model:
    """Build GBRAS-Net; at 256 pixels the features are 32×32×60.

    Its own head, `fc`, has no dense layer: convolutions to two maps, whose means go to the softmax.
    """
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="same", residual=options.residual)
    x = shortcut = blocks.batch_norm(x, "features_1", options)
    x = _separable(_separable(x, "features_2", 30, options), "features_3", 30, options)
    x = layers.Add()([x, shortcut])
    x = _convolution(_convolution(x, "features_4", 30, options), "features_5", 30, options)
    x = layers.AveragePooling2D(2)(x)
    x = shortcut = _convolution(x, "features_7", 60, options)
    x = _separable(_separable(x, "features_8", 60, options), "features_9", 60, options)
    x = layers.Add()([x, shortcut])
    for number in (10, 12, 14):
        x = _convolution(x, f"features_{number}", 60, options)
        x = layers.AveragePooling2D(2)(x) if number < 14 else x
    if options.head == "fc":
        x = layers.AveragePooling2D(2)(x)
        x = _convolution(x, "classification_16", 30, options, kernel=1)
        x = _convolution(x, "classification_17", 2, options, kernel=1)
        x = layers.Activation("softmax", dtype="float32", name="softmax")(layers.GlobalAveragePooling2D()(x))
    else:
        x = blocks.sequence_head(x, options)
    return keras.Model(pixels, x, name="gbras-net")


def _separable(x: keras.KerasTensor, name: str, filters: int, options: Options) -> keras.KerasTensor:
    x = layers.DepthwiseConv2D(1, name=f"{name}_depthwise")(x)
    x = layers.SeparableConv2D(filters, 3, depth_multiplier=3, padding="same", activation="elu", name=f"{name}_conv")(x)
    return blocks.batch_norm(x, name, options)


def _convolution(x: keras.KerasTensor, name: str, filters: int, options: Options, kernel: int = 3) -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, padding="same", activation="elu", name=f"{name}_conv")(x)
    return blocks.batch_norm(x, name, options)
