"""SRNet (Boroumand, Chen and Fridrich, 2019, doi:10.1109/TIFS.2018.2871749), and the slim one of CALPA-NET.

S. Tan, W. Wu, Z. Shao, Q. Li, B. Li, J. Huang, "CALPA-NET: channel-pruning-assisted deep residual network for
steganalysis of digital images", IEEE TIFS 16, 2021, arXiv:1911.04657, for the widths of the slim one.
"""

import keras
from keras import layers, ops, regularizers

from models.networks import blocks
from models.networks.blocks import Options

#: Filters of layers 1 and 2; of the first convolution of layers 3 to 7; of both of layers 8 to 12.
Widths = tuple[tuple[int, int], tuple[int, ...], tuple[tuple[int, int], ...]]
WIDTHS: Widths = ((64, 16), (16,) * 5, ((16, 16), (64, 64), (128, 128), (256, 256), (512, 512)))
SLIM: Widths = ((64, 16), (14, 8, 8, 9, 15), ((13, 14), (16, 19), (19, 19), (25, 25), (25, 25)))


def build(options: Options, widths: Widths = WIDTHS, name: str = "srnet") -> keras.Model:
    """Build SRNet, which has no SRM layer and ignores `residual`; at 256 pixels the features are 16×16×512."""
    first, inner, outer = widths
    pixels = x = blocks.pixels(options.image_size)
    for number, filters in enumerate(first, 1):
        x = ops.relu(_convolution(x, f"features_{number}", filters, options))
    for number, filters in enumerate(inner, 3):
        x = layers.Add()([x, _pair(x, number, filters, first[-1], options)])
    for number, (filters, wide) in enumerate(outer[:-1], 8):
        y = layers.AveragePooling2D(3, strides=2, padding="same")(_pair(x, number, filters, wide, options))
        x = layers.Add()([y, _convolution(x, f"features_{number}_shortcut", wide, options, kernel=1, strides=2)])
    x = _pair(x, 12, *outer[-1], options)
    if options.head == "fc":
        x = layers.GlobalAveragePooling2D()(x)
        x = blocks.softmax(x, initializer=keras.initializers.RandomNormal(stddev=0.01))
    else:
        x = blocks.sequence_head(x, options)
    return keras.Model(pixels, x, name=name)


def _pair(x: keras.KerasTensor, number: int, inner: int, outer: int, options: Options) -> keras.KerasTensor:
    """Two convolutions, the first with ReLU."""
    x = ops.relu(_convolution(x, f"features_{number}_1", inner, options))
    return _convolution(x, f"features_{number}_2", outer, options)


def _convolution(
    x: keras.KerasTensor, name: str, filters: int, options: Options, kernel: int = 3, strides: int = 1
) -> keras.KerasTensor:
    x = layers.Conv2D(
        filters,
        kernel,
        strides,
        padding="same",
        kernel_initializer="he_normal",
        bias_initializer=keras.initializers.Constant(0.2),
        kernel_regularizer=regularizers.L2(blocks.DECAY),
        name=f"{name}_conv",
    )(x)
    return blocks.batch_norm(x, name, options, gamma=True)
