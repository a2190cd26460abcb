"""Ye-Net (Ye, Ni and Yi, 2017, doi:10.1109/TIFS.2017.2710946), as Tabares-Soto et al. (2021) arrange it."""

from functools import partial

import keras

from models import blocks


def build(
    *, head: str, image_size: int, lstm_trainable: bool, batch_norm_momentum: float, residual: str
) -> keras.Model:
    """Build Ye-Net; see `models.build`, which checks the arguments.

    Returns
    -------
    keras.Model
        [n, image_size, image_size, 1] to [n, 2]; at 256 pixels the features are 119×119×32.
    """
    block = partial(blocks.block, momentum=batch_norm_momentum, padding="valid")
    pixels = blocks.pixels(image_size)
    x = blocks.srm_residuals(pixels, padding="valid", residual=residual)
    x = block(x, 1, filters=30, kernel=3)
    x = blocks.three_copies(x)
    x = block(x, 2, filters=30, kernel=3)
    x = block(x, 3, filters=30, kernel=3)
    x = keras.layers.AveragePooling2D(2)(x)
    x = block(x, 4, filters=32, kernel=5)
    x = blocks.classify(x, head=head, lstm_trainable=lstm_trainable)
    return keras.Model(pixels, x, name="ye-net")
