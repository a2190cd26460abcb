"""The LSTM of the networks: on a CPU one operation computes a whole sequence."""

import keras
import tensorflow as tf
from keras import activations, ops


@keras.saving.register_keras_serializable("steganalysis")
class LSTM(keras.layers.LSTM):
    """Compute what keras.layers.LSTM computes, from the same weights under the same names; faster on a CPU.

    Keras loops over the steps there; `BlockLSTM` is one operation, with a gradient but no kernel for XLA. It computes
    in float32 under every precision policy, and keeps seven values per step, image and unit for the gradient. `fused`
    says whether sequences go there: with a GPU (cuDNN), a mask, dropout or other options they take Keras' own path.
    """

    def __init__(self, units: int, **options: object) -> None:
        """Take the arguments of keras.layers.LSTM."""
        super().__init__(units, **options)
        self.fused = (
            not tf.config.list_logical_devices("GPU")
            and self.activation is activations.tanh
            and self.recurrent_activation is activations.sigmoid
            and self.use_bias
            and self.compute_dtype != "float64"
            and not (self.dropout or self.recurrent_dropout or self.go_backwards or self.stateful or self.unroll)
        )
        if self.fused:
            self.supports_jit = False

    def inner_loop(
        self, sequences: tf.Tensor, initial_state: list[tf.Tensor], mask: tf.Tensor | None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        """Run the cell over [n, steps, features]: the last output [n, units], all [n, steps, units], both states."""
        if not self.fused or mask is not None:
            return super().inner_loop(sequences, initial_state, mask, training=training)
        weights = tf.concat([_of_block(self.cell.kernel), _of_block(self.cell.recurrent_kernel)], axis=0)
        h, c = (ops.cast(state, "float32") for state in initial_state)
        x = tf.transpose(ops.cast(sequences, "float32"), (1, 0, 2))
        no_peephole = tf.zeros(self.units)
        computed = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.shape(x, out_type=tf.int64)[0],
            x=x,
            cs_prev=c,
            h_prev=h,
            w=weights,
            wci=no_peephole,
            wcf=no_peephole,
            wco=no_peephole,
            b=_of_block(self.cell.bias),
            forget_bias=0.0,  # Keras' is in its bias
            cell_clip=-1.0,  # no clipping; the default clips at 3
        )
        return computed.h[-1], tf.transpose(computed.h, (1, 0, 2)), [computed.h[-1], computed.cs[-1]]


def _of_block(weights: keras.Variable) -> tf.Tensor:
    """Put columns from Keras' order of the gates (input, forget, cell, output) into that of BlockLSTM (i, c, f, o)."""
    i, f, c, o = tf.split(ops.cast(weights, "float32"), 4, axis=-1)
    return tf.concat([i, c, f, o], axis=-1)
