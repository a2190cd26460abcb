"""Xu-Net (Xu, Wu and Shi, 2016, doi:10.1109/LSP.2016.2548421), as Tabares-Soto et al. (2021) arrange it; Fig. 4."""

import keras

from models.networks import blocks


def build(options: blocks.Options) -> keras.Model:
    """Build Xu-Net; see `models.build`, which checks the options.

    Returns
    -------
    keras.Model
        [n, image_size, image_size, 1] to [n, 2]; at 256 pixels the features are 32×32×128.
    """
    return blocks.five_blocks(options, "xu-net", padding="valid", filters=(8, 16, 32, 64, 128), kernels=(5, 5, 1, 1, 1))
