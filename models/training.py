"""Train one network with one head on one stego set; keep the weights that do best on validation."""

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from models import checkpoint, devices, history, weights
from models.calibration import slope
from models.checkpoint import Progress
from models.dataset import Pairs, epoch_order, in_order
from models.errors import ModelError
from models.history import Epoch, best
from models.inference import Inference
from models.pipeline import batches
from models.recipe import Recipe
from stegdata.progress import follow

#: Steps between two looks at the losses: each look waits for the device.
LOOK_EVERY = 20
#: Seconds between two checkpoints within an epoch.
SAVE_EVERY = 600
#: Largest factor on log-odds that validation may ask for.
STEEPEST = 10


@dataclass(frozen=True)
class Data:
    """What a training reads.

    Attributes
    ----------
    train, val : sequence of Path
        Shards of the train and of the val split. The test split has no place here.
    probabilities : sequence of Path
        Change probabilities of each train shard, where the recipe embeds online; else empty.
    warm_start : Path or None
        Folder of the training whose weights this one starts from.
    excluded : collection of (str, str)
        Source and name of covers to leave out.
    """

    train: Sequence[Path]
    val: Sequence[Path]
    probabilities: Sequence[Path] = ()
    warm_start: Path | None = None
    excluded: Collection[tuple[str, str]] = ()


def train(
    network: str,
    head: str,
    recipe: Recipe,
    data: Data,
    *,
    seed: int,
    folder: Path,
    log: Callable[[str], None] = print,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Epoch]:
    """Train, and write the weights of the epoch with the smallest validation loss; go on where a killed run stood.

    Parameters
    ----------
    network, head : str
        As in `models.build`.
    recipe : Recipe
        Hyper-parameters.
    data : Data
        Shards and starting weights.
    seed : int
        Of weights, dropout and order.
    folder : Path
        Gets `model.weights.h5` (best on validation), `last.weights.h5`, `model.json` (see `models.weights.load`) and
        `history.tsv` at the end, each whole or not at all; `checkpoint.npz` while it runs.
    log : callable
        Gets one line an epoch.
    stopped : callable
        Asked after every step; True saves and ends with an error that says how to go on.

    Returns
    -------
    list of Epoch
        What `history.tsv` holds.

    Raises
    ------
    ModelError
        Fewer images than a batch, a loss that is not finite (with the step), a start of another shape; stopped.
    """
    keras.utils.set_random_seed(seed)
    folder = Path(folder)
    pairs, val_pairs = (
        Pairs(paths, crop=recipe.crop, excluded=data.excluded, coefficients=recipe.unrounded)
        for paths in (data.train, data.val)
    )
    if recipe.stego == "online":
        pairs.draw_from(data.probabilities)
    steps = 2 * len(pairs) // recipe.batch_images
    if steps == 0:
        raise ModelError(
            f"batch_images: expected at most the {2 * len(pairs)} training images, got {recipe.batch_images}: "
            "lower it in the recipe or train on more pairs"
        )
    here = devices.processor()
    if recipe.precision == "bfloat16" and devices.lacks_half(here):
        log(
            f"bfloat16 is emulated on this processor ({here['instructions']}), and slower than float32: change "
            "`precision`"
        )
    strategy = devices.strategy()
    with strategy.scope():
        model = weights.build(network, head, recipe, pairs.size)
        if data.warm_start is not None:
            log(weights.warm_start(model, data.warm_start))
        optimizer = optimizer_of(recipe, steps)
        optimizer.build(model.trainable_variables)
    step = train_step(model, optimizer, strategy, recipe)
    inference = Inference(model, symmetries=recipe.symmetries)
    files = [*data.train, *data.val, *data.probabilities]
    files += [] if data.warm_start is None else [Path(data.warm_start) / "model.weights.h5"]
    described = {"network": network, "head": head, "recipe": recipe.model_dump(), "seed": seed}
    mark = checkpoint.fingerprint(described | {"replicas": strategy.num_replicas_in_sync}, files)
    path = folder / "checkpoint.npz"
    progress = checkpoint.load(path, mark, model, optimizer, log) or Progress()
    if progress.history or progress.seen:
        log(f"going on at epoch {progress.epoch}, step {len(progress.seen) + 1} of {steps}")
    val_batches = batches(val_pairs, in_order(len(val_pairs)), recipe.batch_images)

    def save() -> None:
        checkpoint.save(path, mark, model, optimizer, progress)

    while progress.epoch <= recipe.epochs:
        began, before = time.monotonic(), len(progress.seen)
        rows = epoch_order(len(pairs), seed=seed, epoch=progress.epoch, paired=recipe.paired, augment=recipe.augment)
        left = batches(pairs, rows[before * recipe.batch_images :], recipe.batch_images, drop_remainder=True)
        _run_epoch(step, strategy.experimental_distribute_dataset(left), progress, steps, save, stopped)
        rate = (steps - before) * recipe.batch_images / (time.monotonic() - began)
        with _averaged(model, optimizer):
            inference.recalibrate(batches(pairs, rows, recipe.batch_images).take(recipe.recalibrate))
            _close_epoch(progress, steps, _validate(inference, val_batches))
            if best(progress.history) is progress.history[-1]:
                progress.best = checkpoint.values(model)
        save()
        log(_line(progress.history, recipe.epochs, rate))
    options = {key: getattr(recipe, key) for key in weights.OPTIONS}
    options |= {"qualities": sorted(set(pairs.qualities))} if recipe.unrounded else {}
    last = checkpoint.values(model)
    checkpoint.put(model, progress.best)
    log_odds = inference.log_odds(val_batches)
    checkpoint.put(model, last)
    options |= {"temperature": 1 / slope(log_odds, np.arange(len(log_odds)) % 2 == 1, STEEPEST)}
    weights.write(folder, model, progress, described | options | {"image_size": pairs.size, "processor": here})
    history.write(folder / "history.tsv", progress.history)
    path.unlink()
    return progress.history


def optimizer_of(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    """Optimizer, schedule and averaging of a recipe, for epochs of so many steps."""
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, recipe.epochs * steps)
    if recipe.schedule == "step":
        rates = [recipe.learning_rate * recipe.factor**number for number in range(len(recipe.milestones) + 1)]
        boundaries = [round(share * recipe.epochs * steps) for share in recipe.milestones]
        rate = keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, rates)
    kept = {"use_ema": True, "ema_momentum": 1 - 1 / recipe.average} if recipe.average else {}
    match recipe.optimizer:
        case "sgd":
            return keras.optimizers.SGD(rate, momentum=recipe.momentum, **kept)
        case "rmsprop":
            return keras.optimizers.RMSprop(rate, rho=0.9, epsilon=1e-7, **kept)
        case "adamax":
            return keras.optimizers.Adamax(rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, **kept)
    return keras.optimizers.Adam(rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, **kept)


@contextmanager
def _averaged(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Put the averages in the place of the weights, where the recipe has some; after the block all is as before."""
    if not optimizer.use_ema:
        yield
        return
    before = checkpoint.values(model)
    optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        checkpoint.put(model, before)


def train_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, strategy: tf.distribute.Strategy, recipe: Recipe
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """A step on one batch, spread over the replicas: mean cross-entropy in nats without the L2 term, accuracy."""
    replicas = strategy.num_replicas_in_sync
    share = recipe.batch_images // replicas
    if recipe.batch_images % (2 * replicas):
        raise ModelError(
            f"batch_images: expected a multiple of {2 * replicas} for {replicas} devices, got {recipe.batch_images}"
        )

    def replica_step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images, labels = tf.ensure_shape(images, (share, *images.shape[1:])), tf.ensure_shape(labels, (share, 2))
        with tf.GradientTape() as tape:
            predicted = model(tf.cast(images, tf.float32), training=True)
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(labels, predicted)) / replicas
            total = tf.add_n([loss, *(term / replicas for term in model.losses)])
        gradients = tape.gradient(total, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss, tf.reduce_mean(_right(labels, predicted)) / replicas

    @tf.function(jit_compile=recipe.xla and devices.has_gpu())
    def step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        both = strategy.run(replica_step, args=(images, labels))
        return tuple(strategy.reduce(tf.distribute.ReduceOp.SUM, value, axis=None) for value in both)

    return step


def _right(labels: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.argmax(labels, axis=1) == tf.argmax(predicted, axis=1), tf.float32)


def _run_epoch(
    step: Callable,
    data: tf.data.Dataset,
    progress: Progress,
    steps: int,
    save: Callable[[], None],
    stopped: Callable[[], bool],
) -> None:
    """Do the steps that are left of an epoch; stop at a loss that is not finite, or when asked to."""
    waiting: list[tuple[tf.Tensor, tf.Tensor]] = []
    saved = time.monotonic()

    def look() -> None:
        for loss, accuracy in waiting:
            progress.seen.append((float(loss), float(accuracy)))
            number = (progress.epoch - 1) * steps + len(progress.seen)
            _check_finite("loss", progress.seen[-1][0], number, progress.epoch)
        waiting.clear()

    left = steps - len(progress.seen)
    for images, labels in follow(data, f"epoch {progress.epoch}", left, unit="batch", units="batches"):
        waiting.append(step(images, labels))
        late, stop = time.monotonic() - saved > SAVE_EVERY, stopped()
        if len(waiting) == LOOK_EVERY or late or stop:
            look()
        if late or stop:
            save()
            saved = time.monotonic()
        if stop:
            raise ModelError(
                f"training: stopped by a signal after step {len(progress.seen)} of epoch {progress.epoch}, and saved: "
                "run again to go on from there"
            )
    look()


def _check_finite(what: str, loss: float, step: int, epoch: int) -> None:
    if not math.isfinite(loss):
        raise ModelError(
            f"training: {what} became {loss} at step {step} (epoch {epoch}): lower the learning rate of the recipe"
        )


def _close_epoch(progress: Progress, steps: int, validation: tuple[float, float]) -> None:
    """Add the epoch to the history and go on to the next."""
    loss, accuracy = np.mean(progress.seen, axis=0)
    progress.history.append(Epoch(progress.epoch, float(loss), float(accuracy), *validation))
    _check_finite("validation loss", validation[0], progress.epoch * steps, progress.epoch)
    progress.epoch, progress.seen = progress.epoch + 1, []


def _validate(inference: Inference, data: tf.data.Dataset) -> tuple[float, float]:
    """Loss and accuracy in inference mode."""
    scores = inference.stego_probabilities(data)
    stego = np.arange(len(scores)) % 2 == 1
    losses = -np.log(np.maximum(np.where(stego, scores, 1 - scores), 1e-7))
    return float(losses.mean()), float(((scores >= 0.5) == stego).mean())


def _line(history: Sequence[Epoch], epochs: int, rate: float) -> str:
    epoch = history[-1]
    mark = " (best so far)" if best(history) is epoch else ""
    return (
        f"epoch {epoch.epoch}/{epochs}: train loss {epoch.train_loss:.4f} accuracy {epoch.train_accuracy:.3f}, "
        f"val loss {epoch.val_loss:.4f} accuracy {epoch.val_accuracy:.3f}, {rate:.0f} images/s{mark}"
    )
