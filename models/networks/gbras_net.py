"""GBRAS-Net (Reinel et al., 2021, doi:10.1109/ACCESS.2021.3052494), by the notebook of its authors."""

import keras
from keras import layers

from models.networks import blocks


def build(options: blocks.Options) -> keras.Model:
    """Build GBRAS-Net; see `models.build`, which checks the options.

    Its own head, `fc`, has no dense layer: convolutions to two maps, whose means go to the softmax.

    Returns
    -------
    keras.Model
        [n, image_size, image_size, 1] to [n, 2]; at 256 pixels the features are 32×32×60.
    """
    momentum = options.batch_norm_momentum
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="same", residual=options.residual)
    x = shortcut = blocks.batch_norm(x, "features_1_bn", momentum=momentum)
    x = _separable(_separable(x, 2, 30, momentum), 3, 30, momentum)
    x = layers.Add()([x, shortcut])
    x = _convolution(_convolution(x, "features_4", 30, momentum), "features_5", 30, momentum)
    x = layers.AveragePooling2D(2)(x)
    x = shortcut = _convolution(x, "features_7", 60, momentum)
    x = _separable(_separable(x, 8, 60, momentum), 9, 60, momentum)
    x = layers.Add()([x, shortcut])
    for number in (10, 12, 14):
        x = _convolution(x, f"features_{number}", 60, momentum)
        x = layers.AveragePooling2D(2)(x) if number < 14 else x
    x = _own_head(x, momentum) if options.head == "fc" else blocks.sequence_head(x, options)
    return keras.Model(pixels, x, name="gbras-net")


def _own_head(x: keras.KerasTensor, momentum: float) -> keras.KerasTensor:
    x = layers.AveragePooling2D(2)(x)
    x = _convolution(x, "classification_16", 30, momentum, kernel=1)
    x = _convolution(x, "classification_17", 2, momentum, kernel=1)
    return layers.Activation("softmax", dtype="float32", name="softmax")(layers.GlobalAveragePooling2D()(x))


def _separable(x: keras.KerasTensor, number: int, filters: int, momentum: float) -> keras.KerasTensor:
    name = f"features_{number}"
    x = layers.DepthwiseConv2D(1, name=f"{name}_depthwise")(x)
    x = layers.SeparableConv2D(filters, 3, depth_multiplier=3, padding="same", activation="elu", name=f"{name}_conv")(x)
    return blocks.batch_norm(x, f"{name}_bn", momentum=momentum)


def _convolution(x: keras.KerasTensor, name: str, filters: int, momentum: float, kernel: int = 3) -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, padding="same", activation="elu", name=f"{name}_conv")(x)
    return blocks.batch_norm(x, f"{name}_bn", momentum=momentum)
