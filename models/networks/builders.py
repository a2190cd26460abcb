"""The networks by name, and those that a few lines describe; loading this module loads TensorFlow.

Xu-Net (Xu, Wu and Shi, 2016, doi:10.1109/LSP.2016.2548421; Fig. 4 of the paper), Ye-Net (Ye, Ni and Yi, 2017,
doi:10.1109/TIFS.2017.2710946) and Yedroudj-Net (Yedroudj et al., 2018, doi:10.1109/ICASSP.2018.8461438) are as
Tabares-Soto et al. (2021) arrange them; the first method is the paper's (Fig. 3, Table 1).
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import keras
from keras import layers

from models.networks import blocks, gbras_net, lstm, srnet, zhu_net
from models.networks.blocks import Options


def five_blocks(
    options: Options, *, name: str, padding: str, filters: tuple[int, ...], kernels: tuple[int, ...]
) -> keras.Model:
    """Build Xu-Net or Yedroudj-Net: SRM residuals, five blocks, pooling before the third to the fifth, a head.

    At 256 pixels the features are 32×32×128.
    """
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding=padding, residual=options.residual)
    for number, (maps, kernel) in enumerate(zip(filters, kernels, strict=True), 1):
        x = blocks.halve(x) if number > 2 else x
        x = blocks.block(x, number, maps, kernel, options=options, gamma=number < 3, copies=3 if number == 2 else 1)
    return keras.Model(pixels, blocks.classify(x, options), name=name)


def ye_net(options: Options) -> keras.Model:
    """Build Ye-Net; at 256 pixels the features are 119×119×32."""
    block = partial(blocks.block, options=options, padding="valid")
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="valid", residual=options.residual)
    x = block(x, 1, filters=30, kernel=3)
    x = block(x, 2, filters=30, kernel=3, copies=3)
    x = block(x, 3, filters=30, kernel=3)
    x = layers.AveragePooling2D(2)(x)
    x = block(x, 4, filters=32, kernel=5)
    return keras.Model(pixels, blocks.classify(x, options, "glorot_normal"), name="ye-net")


def first_method(options: Options) -> keras.Model:
    """Build the first method: SRM residuals, pooled, and one LSTM or dense layer over the positions.

    At 256 pixels the sequence has 7,225 steps of 30.
    """
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="same", residual=options.residual)
    x = blocks.batch_norm(x, "features_srm", options)
    x = layers.AveragePooling2D(3)(x)
    x = layers.Reshape((-1, 30))(x)
    if options.head == "fc":
        x = layers.Dense(30, name="classification_dense")(x)
    elif options.head == "lstm":
        x = lstm.LSTM(30, return_sequences=True, trainable=options.lstm_trainable, name="classification_lstm")(x)
    x = layers.ReLU()(x)
    x = blocks.batch_norm(x, "classification", options, gamma=True)
    x = layers.Dropout(0.5)(x)
    x = blocks.softmax(layers.Flatten()(x))
    return keras.Model(pixels, x, name="first-method")


BUILDERS: Mapping[str, Callable[[Options], keras.Model]] = MappingProxyType(
    {
        "xu-net": partial(
            five_blocks, name="xu-net", padding="valid", filters=(8, 16, 32, 64, 128), kernels=(5, 5, 1, 1, 1)
        ),
        "ye-net": ye_net,
        "yedroudj-net": partial(
            five_blocks, name="yedroudj-net", padding="same", filters=(30, 30, 32, 64, 128), kernels=(5, 5, 3, 3, 3)
        ),
        "zhu-net": zhu_net.build,
        "srnet": srnet.build,
        "srnet-slim": partial(srnet.build, widths=srnet.SLIM, name="srnet-slim"),
        "gbras-net": gbras_net.build,
        "first-method": first_method,
    }
)
