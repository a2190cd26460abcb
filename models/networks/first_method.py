"""The paper's first method: SRM residuals, pooled, and one LSTM or dense layer over the places (Fig. 3, Table 1)."""

import keras
from keras import layers

from models.networks import blocks, lstm


def build(options: blocks.Options) -> keras.Model:
    """Build the first method; see `models.build`, which checks the options.

    Returns
    -------
    keras.Model
        [n, image_size, image_size, 1] to [n, 2]; at 256 pixels the sequence has 7,225 steps of 30.
    """
    pixels = blocks.pixels(options.image_size)
    x = blocks.srm_residuals(pixels, padding="same", residual=options.residual)
    x = blocks.batch_norm(x, "features_srm_bn", momentum=options.batch_norm_momentum)
    x = layers.AveragePooling2D(3)(x)
    x = layers.Reshape((-1, 30))(x)
    if options.head == "fc":
        x = layers.Dense(30, name="classification_dense")(x)
    elif options.head == "lstm":
        x = lstm.LSTM(30, return_sequences=True, trainable=options.lstm_trainable, name="classification_lstm")(x)
    x = layers.ReLU()(x)
    x = blocks.batch_norm(x, "classification_bn", momentum=options.batch_norm_momentum, gamma=True)
    x = layers.Dropout(0.5)(x)
    x = blocks.softmax(layers.Flatten()(x))
    return keras.Model(pixels, x, name="first-method")
