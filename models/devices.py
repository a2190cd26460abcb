"""Where training runs: threads, repeatable kernels, one GPU or several."""

import tensorflow as tf


def configure(threads: int) -> None:
    """Make TensorFlow repeatable: fixed threads (sums depend on them), deterministic kernels; call before first use.

    On a GPU memory is taken as it is needed, so that several jobs can share one.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def strategy(devices: list[str] | None = None) -> tf.distribute.Strategy:
    """Spread each batch over all GPUs of this job, or over the devices named; a single one needs no spreading."""
    devices = devices or [gpu.name for gpu in tf.config.list_logical_devices("GPU")]
    return tf.distribute.MirroredStrategy(devices) if len(devices) > 1 else tf.distribute.get_strategy()


def has_gpu() -> bool:
    """Whether TensorFlow sees a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))
