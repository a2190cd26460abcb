"""Train one network with one head on one stego set; keep the weights that do best on validation."""

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import models
from models.errors import ModelError
from models.history import Epoch, best, write_history
from models.pipeline import Pairs, batches, epoch_order, in_order
from models.recipe import Recipe
from stegdata.files import atomic_write

#: Steps between two looks at the losses: each look waits for the device.
LOOK_EVERY = 20


def configure(threads: int) -> None:
    """Make TensorFlow repeatable: fixed threads (sums depend on them), deterministic kernels; call before first use."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()


def train(
    network: str,
    head: str,
    recipe: Recipe,
    *,
    train_shards: Sequence[Path],
    val_shards: Sequence[Path],
    seed: int,
    weights_path: Path,
    history_path: Path,
    say: Callable[[str], None] = print,
) -> list[Epoch]:
    """Train from fresh weights and write the weights of the epoch with the smallest validation loss.

    Parameters
    ----------
    network, head : str
        As in `models.build`.
    recipe : Recipe
        Hyper-parameters.
    train_shards, val_shards : sequence of Path
        Shards of the train and of the val split. The test split has no place here.
    seed : int
        Of weights, dropout and order.
    weights_path, history_path : Path
        `*.weights.h5` and `*.tsv`, written at the end, whole or not at all.
    say : callable
        Gets one line an epoch.

    Returns
    -------
    list of Epoch
        What `history.tsv` holds.

    Raises
    ------
    ModelError
        Fewer images than a batch, or a loss that is not finite (with the step).
    """
    keras.utils.set_random_seed(seed)
    train_pairs, val_pairs = Pairs(train_shards), Pairs(val_shards)
    steps = 2 * len(train_pairs) // recipe.batch_images
    if steps == 0:
        raise ModelError(
            f"batch_images: expected at most the {2 * len(train_pairs)} training images, got {recipe.batch_images}: "
            "lower it in the recipe or train on more pairs"
        )
    model = build(network, head, recipe, train_pairs.size)
    step = _train_step(model, _optimizer(recipe, steps))
    val_batches = batches(val_pairs, in_order(len(val_pairs)), recipe.batch_images)
    history: list[Epoch] = []
    with atomic_write(weights_path) as temporary:
        best_weights = temporary.with_suffix(".weights.h5")
        try:
            for epoch in range(1, recipe.epochs + 1):
                began = time.monotonic()
                rows = epoch_order(
                    len(train_pairs), seed=seed, epoch=epoch, paired=recipe.paired, augment=recipe.augment
                )
                data = batches(train_pairs, rows, recipe.batch_images, drop_remainder=True)
                trained = _run_epoch(step, data, first_step=(epoch - 1) * steps, epoch=epoch)
                rate = steps * recipe.batch_images / (time.monotonic() - began)
                history.append(Epoch(epoch, *trained, *_validate(model, val_batches)))
                _check_finite("validation loss", history[-1].val_loss, epoch * steps, epoch)
                if best(history) is history[-1]:
                    model.save_weights(best_weights)
                say(_line(history, recipe.epochs, rate))
            best_weights.replace(temporary)
        finally:
            best_weights.unlink(missing_ok=True)
    write_history(history_path, history)
    return history


def build(network: str, head: str, recipe: Recipe, image_size: int) -> keras.Model:
    """Build the network as the recipe wants it."""
    return models.build(
        network,
        head=head,
        image_size=image_size,
        residual=recipe.residual,
        batch_norm_momentum=recipe.batch_norm_momentum,
    )


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, recipe.epochs * steps)
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=recipe.momentum)
    return keras.optimizers.Adam(rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8)


def _train_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    optimizer.build(model.trainable_variables)

    @tf.function(jit_compile=False)
    def step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            predicted = model(tf.cast(images, tf.float32), training=True)
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(labels, predicted))
            total = tf.add_n([loss, *model.losses])
        gradients = tape.gradient(total, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss, tf.reduce_mean(_right(labels, predicted))

    return step


def _right(labels: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.argmax(labels, axis=1) == tf.argmax(predicted, axis=1), tf.float32)


def _run_epoch(step: Callable, data: tf.data.Dataset, *, first_step: int, epoch: int) -> tuple[float, float]:
    """Mean loss and accuracy of an epoch; stops at a loss that is not finite."""
    seen: list[tuple[float, float]] = []
    waiting: list[tuple[tf.Tensor, tf.Tensor]] = []

    def look() -> None:
        for loss, accuracy in waiting:
            seen.append((float(loss), float(accuracy)))
            _check_finite("loss", seen[-1][0], first_step + len(seen), epoch)
        waiting.clear()

    for images, labels in data:
        waiting.append(step(images, labels))
        if len(waiting) == LOOK_EVERY:
            look()
    look()
    loss, accuracy = np.mean(seen, axis=0)
    return float(loss), float(accuracy)


def _check_finite(what: str, loss: float, step: int, epoch: int) -> None:
    if not math.isfinite(loss):
        raise ModelError(
            f"training: {what} became {loss} at step {step} (epoch {epoch}): lower the learning rate of the recipe"
        )


def _validate(model: keras.Model, data: tf.data.Dataset) -> tuple[float, float]:
    """Loss and accuracy in inference mode."""
    predicted = np.concatenate([model.predict_on_batch(images) for images, _ in data])
    labels = np.concatenate([labels for _, labels in data])
    losses = -np.log(np.maximum((predicted * labels).sum(axis=1, dtype=np.float64), 1e-7))
    return float(losses.mean()), float((predicted.argmax(1) == labels.argmax(1)).mean())


def _line(history: Sequence[Epoch], epochs: int, rate: float) -> str:
    epoch = history[-1]
    mark = " (best so far)" if best(history) is epoch else ""
    return (
        f"epoch {epoch.epoch}/{epochs}: train loss {epoch.train_loss:.4f} accuracy {epoch.train_accuracy:.3f}, "
        f"val loss {epoch.val_loss:.4f} accuracy {epoch.val_accuracy:.3f}, {rate:.0f} images/s{mark}"
    )
