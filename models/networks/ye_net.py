"""Ye-Net (Ye, Ni and Yi, 2017, doi:10.1109/TIFS.2017.2710946), as Tabares-Soto et al. (2021) arrange it."""

from functools import partial

import keras

from models.networks import blocks


def build(options: blocks.Options) -> keras.Model:
    """Build Ye-Net; see `models.build`, which checks the options.

    Returns
    -------
    keras.Model
        [n, image_size, image_size, 1] to [n, 2]; at 256 pixels the features are 119×119×32.
    """
    block = partial(blocks.block, options=options, padding="valid")
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="valid", residual=options.residual)
    x = block(x, 1, filters=30, kernel=3)
    x = block(x, 2, filters=30, kernel=3, copies=3)
    x = block(x, 3, filters=30, kernel=3)
    x = keras.layers.AveragePooling2D(2)(x)
    x = block(x, 4, filters=32, kernel=5)
    x = blocks.classify(x, options, "glorot_normal")
    return keras.Model(pixels, x, name="ye-net")
