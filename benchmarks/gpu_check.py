"""Train every network on the GPUs of this machine: `make gpu-check`, or `python -m benchmarks.gpu_check --cpu`.

Every network and head trains for some steps at 256x256, in float32 and bfloat16, with and without XLA. Prints images/s,
peak memory, and whether two runs give the same bits. Nothing is asserted; without a GPU it says so in one line.
"""

import argparse
import hashlib
import time
from itertools import product

import models
from models import devices, training, weights
from models.recipe import Recipe

#: Images of a batch; steps that are not timed, as they compile, and steps that are.
BATCH, WARM, TIMED = 32, 3, 20


def recipe(precision, xla):
    """Adam, as the paper."""
    return Recipe(
        epochs=1,
        batch_images=BATCH,
        optimizer="adam",
        learning_rate=1e-3,
        momentum=0.0,
        schedule="constant",
        residual="tanh",
        batch_norm_momentum=0.9,
        paired=False,
        augment=False,
        threads=1,
        precision=precision,
        xla=xla,
    )


def steps(network, head, chosen, size, count):
    """Train on noise from the same start: seconds of the timed steps, hash of the weights after them."""
    import keras
    import numpy as np
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    generator = np.random.default_rng(1)
    images = tf.constant(generator.integers(0, 256, (BATCH, size, size, 1), np.uint8))
    labels = tf.one_hot(np.arange(BATCH) % 2, 2)
    strategy = devices.strategy()
    with strategy.scope():
        model = weights.build(network, head, chosen, size)
        optimizer = training.optimizer_of(chosen, 1)
        optimizer.build(model.trainable_variables)
    step = training.train_step(model, optimizer, strategy, chosen)
    for _ in range(min(WARM, count)):
        loss, _ = step(images, labels)
    float(loss)
    began = time.perf_counter()
    for _ in range(count):
        loss, _ = step(images, labels)
    float(loss)  # waits for the device
    seconds = time.perf_counter() - began
    digest = hashlib.sha256(b"".join(variable.numpy().tobytes() for variable in model.variables)).hexdigest()
    return seconds, digest


def line(network, head, precision, xla, size, count):
    """One row of the table."""
    import tensorflow as tf

    gpu = devices.has_gpu()
    if gpu:
        tf.config.experimental.reset_memory_stats("GPU:0")
    try:
        runs = [steps(network, head, recipe(precision, xla), size, count) for _ in range(2)]
    except tf.errors.OpError as error:  # most of all: out of memory
        return [network, head, precision, "xla" if xla else "", type(error).__name__, "", ""]
    rate = count * BATCH / min(seconds for seconds, _ in runs)
    peak = f"{tf.config.experimental.get_memory_info('GPU:0')['peak'] / 1e9:.1f} GB" if gpu else "-"
    same = "same bits" if runs[0][1] == runs[1][1] else "other bits"
    return [network, head, precision, "xla" if xla else "", f"{rate:,.0f} images/s", peak, same]


def main(arguments=None):
    """Print devices and the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu", action="store_true", help="go on without a GPU")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=TIMED)
    parser.add_argument("--networks", nargs="+", choices=models.NETWORKS, default=models.NETWORKS)
    options = parser.parse_args(arguments)
    devices.configure(1)
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus and not options.cpu:
        print("no GPU: TensorFlow sees none here (make gpu installs what it needs; nvidia-smi must list one)")
        return
    for device in gpus:
        print(device.name, tf.config.experimental.get_device_details(device).get("device_name", ""))
    print(
        f"TensorFlow {tf.__version__}, {options.size}x{options.size}, batches of {BATCH}, {options.steps} steps, twice"
    )
    for network, head, precision, xla in product(options.networks, models.HEADS, models.PRECISIONS, (False, True)):
        if models.has_head(network, head) and (gpus or not xla):
            print(
                "  ".join(cell.ljust(12) for cell in line(network, head, precision, xla, options.size, options.steps))
            )


if __name__ == "__main__":
    main()
