"""Xu-Net (Xu, Wu and Shi, 2016, doi:10.1109/LSP.2016.2548421), as Tabares-Soto et al. (2021) arrange it; Fig. 4."""

from functools import partial

import keras

from models.networks import blocks


def build(options: blocks.Options) -> keras.Model:
    """Build Xu-Net; see `models.build`, which checks the options.

    Returns
    -------
    keras.Model
        [n, image_size, image_size, 1] to [n, 2]; at 256 pixels the features are 32×32×128.
    """
    block = partial(blocks.block, options=options)
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="valid", residual=options.residual)
    x = block(x, 1, filters=8, kernel=5, gamma=True)
    x = block(x, 2, filters=16, kernel=5, gamma=True, copies=3)
    x = blocks.halve(x)
    x = block(x, 3, filters=32, kernel=1)
    x = blocks.halve(x)
    x = block(x, 4, filters=64, kernel=1)
    x = blocks.halve(x)
    x = block(x, 5, filters=128, kernel=1)
    x = blocks.classify(x, options)
    return keras.Model(pixels, x, name="xu-net")
