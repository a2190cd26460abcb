"""Yedroudj-Net (Yedroudj et al., 2018, doi:10.1109/ICASSP.2018.8461438), as Tabares-Soto et al. (2021) arrange it."""

from functools import partial

import keras

from models.networks import blocks


def build(options: blocks.Options) -> keras.Model:
    """Build Yedroudj-Net; see `models.build`, which checks the options.

    Returns
    -------
    keras.Model
        [n, image_size, image_size, 1] to [n, 2]; at 256 pixels the features are 32×32×128.
    """
    block = partial(blocks.block, options=options)
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="same", residual=options.residual)
    x = block(x, 1, filters=30, kernel=5, gamma=True)
    x = block(x, 2, filters=30, kernel=5, gamma=True, copies=3)
    x = blocks.halve(x)
    x = block(x, 3, filters=32, kernel=3)
    x = blocks.halve(x)
    x = block(x, 4, filters=64, kernel=3)
    x = blocks.halve(x)
    x = block(x, 5, filters=128, kernel=3)
    x = blocks.classify(x, options)
    return keras.Model(pixels, x, name="yedroudj-net")
