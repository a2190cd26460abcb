"""Where training runs: threads, repeatable kernels, one GPU or several, and what the processor can do."""

import os
import platform
from pathlib import Path

import tensorflow as tf

#: Instruction sets on which the last bits of a training depend, and its speed; the names of /proc/cpuinfo.
INSTRUCTIONS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
#: Those that compute in bfloat16.
HALF = ("avx512_bf16", "amx_bf16")


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


def processor(described: Path = Path("/proc/cpuinfo")) -> dict[str, str]:
    """Name and instruction sets of this processor, and what oneDNN is held to: last bits depend on them."""
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    has = set(told.get("flags", "").split())
    found = {
        "name": told.get("model name", platform.processor()),
        "instructions": " ".join(one for one in INSTRUCTIONS if one in has) or "unknown",
    }
    held = os.environ.get("ONEDNN_MAX_CPU_ISA")
    return found | ({"onednn": held} if held else {})


def lacks_half(here: dict[str, str]) -> bool:
    """Whether bfloat16 is emulated here: there is no GPU, and the processor is known to lack it."""
    known = here["instructions"].split()
    return not has_gpu() and known != ["unknown"] and not set(known) & set(HALF)
