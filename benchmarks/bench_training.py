"""Training images/s of four networks on two cores, beside plain PyTorch: `make bench-training`.

PyTorch is used here alone; without it (`.venv/bin/pip install torch`) our figures stand by themselves. Each is of the
fastest of three rounds in a process of its own: once on the processor as it is, once held to AVX2. Networks with an
LSTM are measured with keras.layers.LSTM too. Memory is the peak of the process. All must have as many weights; nothing
else is asserted, since machines differ. With `--cores 1` seconds are of the CPU: for a machine that does other work.
"""

import argparse
import importlib.util
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

SIZES = (128, 256)
NETWORKS = {"xu-net": "fc", "yedroudj-net": "fc", "zhu-net": "fc", "first-method": "lstm"}
#: Images of one step.
BATCH = 16
#: Seconds of one round.
ROUND = 2
#: What holds oneDNN, and the own loops of PyTorch, to AVX2.
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
#: Ours, in images/s, over PyTorch's; 0.9 for all others.
AIMS = {"xu-net": 1.5, "first-method": 1.5}


def batch(side):
    """Grey values and labels, the same for both."""
    generator = np.random.default_rng(1)
    return generator.integers(0, 256, (BATCH, side, side)).astype(np.float32), np.arange(BATCH) % 2


def rate(step: Callable[[], object], cores: int) -> float:
    """Images/s of the fastest of three rounds, after three steps to warm up."""
    clock = time.process_time if cores == 1 else time.perf_counter
    for _ in range(3):
        step()
    rates = []
    for _ in range(3):
        begin, steps = clock(), 0
        while clock() - begin < ROUND:
            step()
            steps += 1
        rates.append(BATCH * steps / (clock() - begin))
    return max(rates)


def ours(network, side, cores):
    """The step of `models.training`, with the recipe that the paper's section 4.2 gives: (images/s, weights)."""
    import models
    from models import devices, training
    from models.recipe import Recipe

    devices.configure(cores)
    import tensorflow as tf

    recipe = Recipe(
        epochs=1,
        batch_images=BATCH,
        optimizer="adam",
        learning_rate=0.001,
        momentum=0.0,
        schedule="constant",
        residual="tanh",
        batch_norm_momentum=0.2,
        paired=False,
        augment=False,
        threads=cores,
    )
    model = models.build(network, head=NETWORKS[network], image_size=side, spatial_dropout=recipe.spatial_dropout)
    optimizer = training.optimizer_of(recipe, 1)
    optimizer.build(model.trainable_variables)
    step = training.train_step(model, optimizer, tf.distribute.get_strategy(), recipe)
    images, labels = batch(side)
    inputs = tf.constant(images[..., None]), tf.one_hot(labels, 2)
    return rate(lambda: step(*inputs)[0].numpy(), cores), models.parameter_counts(model).trained


def with_keras_lstm(network, side, cores):
    """The same step with keras.layers.LSTM in the place of ours: (images/s, weights)."""
    import keras

    from models.networks import lstm

    lstm.LSTM = keras.layers.LSTM
    return ours(network, side, cores)


def theirs(network, side, cores):
    """The same network in PyTorch, channels last: (images/s, weights)."""
    import torch

    from benchmarks import torch_networks

    torch.set_num_threads(cores)
    model = torch_networks.build(network, side).to(memory_format=torch.channels_last)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(trained, 0.001)
    images, labels = batch(side)
    inputs = torch.from_numpy(images[:, None]).to(memory_format=torch.channels_last)
    targets = torch.from_numpy(labels)

    def step():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(inputs), targets) + torch_networks.decay(model)
        loss.backward()
        optimizer.step()
        return loss.item()

    return rate(step, cores), sum(weight.numel() for weight in trained)


#: The columns of the table.
MEASURED = {"ours": ours, "Keras' LSTM": with_keras_lstm, "PyTorch": theirs}


def child(which, network, side, cores, limits):
    """Images/s, trained weights and peak memory in GB of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_training", "--child", which, network, str(side), str(cores)]
    variables = os.environ | limits | dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(cores))
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    images_per_s, weights, kilobytes = done.stdout.split()[-3:]
    return float(images_per_s), int(weights), float(kilobytes) / 1e6


def main():
    """Print a line per network, size and instruction set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", nargs=4)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--sides", nargs="+", type=int, default=SIZES)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    if options.child:
        which, network, *numbers = options.child
        print(*MEASURED[which](network, *map(int, numbers)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return
    beside = importlib.util.find_spec("torch") is not None
    if not beside:
        print("PyTorch is not installed: .venv/bin/pip install torch")
    columns = " | ".join(f"{which}: images/s, GB" for which in MEASURED)
    print(f"| network | side | held to | {columns} | ratio | aim |\n|{'---|' * (5 + len(MEASURED))}")
    for held, limits in (("", {}), ("AVX2", AVX2)):
        for side in options.sides:
            for network in options.networks:
                head = NETWORKS[network]
                skipped = ([] if head == "lstm" else ["Keras' LSTM"]) + ([] if beside else ["PyTorch"])
                chosen = [which for which in MEASURED if which not in skipped]
                results = {which: child(which, network, side, options.cores, limits) for which in chosen}
                if len({weights for _, weights, _ in results.values()}) > 1:
                    sys.exit(f"{network}: expected as many trained weights everywhere, got {results}")
                rates = {which: f"{speed:.1f}, {memory:.2f}" for which, (speed, _, memory) in results.items()}
                cells = [rates.get(which, "") for which in MEASURED]
                ratio = f"{results['ours'][0] / results['PyTorch'][0]:.2f}" if beside else ""
                line = (f"{network} {head}", side, held, *cells, ratio, AIMS.get(network, 0.9))
                print("|", " | ".join(map(str, line)), "|", flush=True)


if __name__ == "__main__":
    main()
