"""Yedroudj-Net (Yedroudj et al., 2018, doi:10.1109/ICASSP.2018.8461438), as Tabares-Soto et al. (2021) arrange it."""

import keras

from models.networks import blocks


def build(options: blocks.Options) -> keras.Model:
    """Build Yedroudj-Net; see `models.build`, which checks the options.

    Returns
    -------
    keras.Model
        [n, image_size, image_size, 1] to [n, 2]; at 256 pixels the features are 32×32×128.
    """
    return blocks.five_blocks(
        options, "yedroudj-net", padding="same", filters=(30, 30, 32, 64, 128), kernels=(5, 5, 3, 3, 3)
    )
