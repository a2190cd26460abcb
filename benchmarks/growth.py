"""Measure what N covers x three JPEG embedders cost, run for real: `make growth COVERS=10000`. See docs/scaling.md.

For a machine that does nothing else. Covers are windows of the sample's photographs, 256x256. Nothing is asserted:
machines differ.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

from stegdata import embedding, manifest
from stegdata.formats import images
from stegdata.names import StegoSet
from stegdata.sources import sample

ROOT = Path(__file__).parents[1]
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
SIDE = 256
EMBEDDERS = ("juniward", "uerd", "jmipod")
PAYLOAD = 0.4
QUALITY = 75
#: Aims of the project: share of start-up and Snakemake, and what a second process brings.
OVERHEAD = 0.05
SPEED_UP = 1.8


def write_covers(folder, count):
    """Windows of photographs, each at a random position."""
    folder.mkdir()
    generator = np.random.default_rng(1)
    photographs = [sample.photograph(group, 0) for group in sample.PHOTOGRAPHS]
    photographs = [image for image in photographs if min(image.shape) >= 2 * SIDE]
    for number in range(count):
        image = photographs[number % len(photographs)]
        top, left = (int(generator.integers(side - SIDE + 1)) for side in image.shape)
        part = image[top : top + SIDE, left : left + SIDE]
        if np.ptp(part) == 0:
            part = photographs[0][:SIDE, :SIDE]
        (folder / f"{number + 1}.pgm").write_bytes(images.encode_pgm(np.ascontiguousarray(part)))


def configured(folder, count, shard_pairs):
    """The configuration of BOSSBase with these covers in its place: 4 : 1 : 5, three stego sets."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    source = {"kind": "folder", "path": "photographs", "resize": "crop"}
    source |= {"train": count * 4 // 10, "val": count // 10, "test": count * 5 // 10, "shard_pairs": shard_pairs}
    experiment = {"sources": ["growth"], "embedders": list(EMBEDDERS), "payloads": [PAYLOAD], "qualities": [QUALITY]}
    experiment |= {"networks": ["first-method"]}
    config["sources"] = {"growth": source}
    recipes = {"first-method": "paper-first-method"}
    config |= {"run": "growth", "runs": {"growth": {"recipes": recipes, "experiments": [experiment]}}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def run(folder, *arguments):
    """Wall seconds, CPU seconds and peak megabytes of a Snakemake and its children; what it printed."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [*SNAKEMAKE, "--directory", str(folder), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-4000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, seconds, after.ru_maxrss / 1024, done.stdout


def baseline(folder, manifests):
    """Wall seconds of one process, once started, that reads, embeds, writes and hashes what the workflow does."""
    covers = sorted(path for path in (folder / f"results/covers/growth/q{QUALITY}").iterdir() if path.is_dir())
    sets = [StegoSet("growth", (name,), QUALITY, PAYLOAD, "bpnzac") for name in EMBEDDERS]
    for stego_set in sets:  # compiles
        next(embedding.embedded(covers[0], stego_set, 1))
    began = time.perf_counter()
    for stego_set, path in zip(sets, manifests, strict=True):
        target = (folder / path).parent
        target.mkdir(parents=True)
        for part in covers:
            about = {"split": part.name.partition("-")[0]}
            embedding.shard(target / f"{part.name}.h5", part, stego_set, seed=1, described=about)
        manifest.write(target, sorted(target.glob("*.h5")))
    return time.perf_counter() - began


def measure(folder, count, cores, shard_pairs):
    """Print what planning, covers and embedding cost, for each number of cores."""
    configured(folder, count, shard_pairs)
    manifests = [f"results/shards/growth/{name}-q{QUALITY}-{PAYLOAD}bpnzac/SHA256SUMS" for name in EMBEDDERS]
    wall, cpu, peak, output = run(folder, "-n", "--quiet", "rules", "--", *manifests)
    jobs = next(line.split()[-1] for line in output.splitlines() if line.startswith("total"))
    print(f"planning: {jobs} jobs, {shard_pairs:,} pairs a shard, {wall:.1f} s, {peak:.0f} MB")
    wall, cpu, _, _ = run(folder, "--cores", max(cores), "--until", "jpeg_covers", "--", *manifests)
    print(f"covers, {max(cores)} cores: {wall:.0f} s ({cpu:.0f} CPU s)")
    walls = {}
    for number in cores:
        walls[number], cpu, peak, _ = run(folder, "--cores", number, "--", *manifests)
        rate = 3 * count / walls[number]
        print(f"embedding, {number} cores: {walls[number]:.1f} s ({cpu:.0f} CPU s), {rate:.0f} pairs/s", flush=True)
        size = sum(path.stat().st_size for path in (folder / "results/shards").rglob("*.h5")) / 2**10
        shutil.rmtree(folder / "results/shards")
    print(
        f"peak {peak:.0f} MB a process; shards {size / 2**20:.2f} GiB, {size / (3 * count):.0f} KiB a pair", flush=True
    )
    if 1 in cores and 2 in cores:
        print(f"two cores are {walls[1] / walls[2]:.2f} times as fast as one; aim {SPEED_UP:g}")
    if 1 in cores:
        alone = baseline(folder, manifests)
        print(f"one process without Snakemake: {alone:.1f} s; beside it {walls[1] / alone - 1:.1%}, aim {OVERHEAD:.0%}")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("covers", type=int)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--shard-pairs", type=int, default=5000)
    options = parser.parse_args()
    os.environ.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory(prefix="growth-") as name:
        folder = Path(name)
        write_covers(folder / "photographs", options.covers)
        measure(folder, options.covers, options.cores, options.shard_pairs)


if __name__ == "__main__":
    main()
