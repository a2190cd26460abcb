"""Measure CPU ms per 256x256 image on one core, conseal in the same run, and the input pipeline: `make bench`.

Run from the root of the repository as `python -m benchmarks.bench`. Nothing is asserted: machines differ.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import hashlib
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import skimage.data

import embedders
from embedders import gaussian, jmipod, jpeg, simulate, spatial
from stegdata import hdf5, probabilities, shards
from stegdata.formats import images
from stegdata.formats import jpeg as jpeg_files
from stegdata.names import StegoSet
from stegdata.pairs import Pair

try:
    import conseal
except ImportError:
    conseal = None

PAYLOAD = 0.4
SIDE = 256
#: Five payloads of one cover may take so many times as long as one.
SWEEP_LIMIT = 3.0
#: Stages of one row, in the order of the columns.
STAGES = ("cost", "lambda + draw", "total")


@dataclass(frozen=True)
class Row:
    """One embedder: a call for each of `STAGES`, ours and conseal's (None where conseal lacks it)."""

    name: str
    limit: float  # ms in total
    ours: tuple[Callable, Callable, Callable]
    theirs: tuple[Callable, Callable, Callable] | None


def photograph():
    """Middle of scikit-image's camera man: sky, grass, coat."""
    return np.ascontiguousarray(skimage.data.camera()[128 : 128 + SIDE, 128 : 128 + SIDE])


def lambda_and_draw(rho_p1, rho_m1, message_bits):
    """What `embed` does after the costs."""
    lam = simulate.find_lambda(rho_p1, rho_m1, message_bits)
    p_p1, p_m1 = simulate.change_probabilities(rho_p1, rho_m1, lam)
    uniform = np.random.Generator(np.random.PCG64(1)).random(rho_p1.shape)
    return simulate.draw_changes(p_p1, p_m1, uniform)


def spatial_row(name, limit):
    """S-UNIWARD, WOW: conseal names them alike."""
    cover = photograph()
    costs = spatial.wet(cover, embedders.cost(name, cover))
    ours = (
        partial(embedders.cost, name, cover),
        partial(lambda_and_draw, *costs, round(PAYLOAD * cover.size)),
        partial(embedders.embed, name, cover, payload=PAYLOAD, seed=1),
    )
    if conseal is None:
        return Row(name, limit, ours, None)
    method = getattr(conseal, name)
    theirs = (
        partial(method.compute_cost_adjusted, cover),
        partial(conseal.simulate.ternary, method.compute_cost_adjusted(cover), PAYLOAD, cover.size, seed=1),
        partial(method.simulate_single_channel, cover, PAYLOAD, seed=1),
    )
    return Row(name, limit, ours, theirs)


def jpeg_row(name, limit):
    """J-UNIWARD and UERD at quality 75; J-MiPOD has no costs (its Fisher information stands there) and no peer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cover.jpg"
        jpeg_files.encode(path, photograph(), 75)
        cover = jpeg_files.read(path)
    plane, table = cover.coefficients[0], cover.quantization_tables[0]
    message_bits = round(PAYLOAD * jpeg.count(plane))
    total = partial(embedders.embed, name, plane, table, payload=PAYLOAD, seed=1)
    if name == "jmipod":
        fisher = jmipod.fisher_information(plane, table)
        information = partial(jmipod.fisher_information, plane, table)
        return Row(name, limit, (information, partial(solve_and_draw, fisher, message_bits), total), None)
    costs = jpeg.wet(plane, embedders.cost(name, plane, table))
    ours = (partial(embedders.cost, name, plane, table), partial(lambda_and_draw, *costs, message_bits), total)
    if conseal is None:
        return Row(name, limit, ours, None)
    blocks = plane.reshape(SIDE // 8, 8, SIDE // 8, 8).swapaxes(1, 2).copy()
    inputs = {"juniward": (cover.luminance, blocks, table), "uerd": (blocks, table)}[name]
    method = getattr(conseal, name)
    theirs = (
        partial(method.compute_cost_adjusted, *inputs),
        partial(conseal.simulate.ternary, method.compute_cost_adjusted(*inputs), PAYLOAD, jpeg.count(plane), seed=1),
        partial(method.simulate_single_channel, *inputs, PAYLOAD, seed=1),
    )
    return Row(name, limit, ours, theirs)


def solve_and_draw(fisher, message_bits):
    """What `embed` does after the Fisher information."""
    simulator = gaussian.Gaussian(fisher)
    return simulator.draw(simulator.solve(message_bits), np.random.Generator(np.random.PCG64(1)))


def whole_row(name, limit, theirs=None):
    """The whole of embedding alone: ours, and what conseal calls the same."""
    if embedders.EMBEDDERS[name].domain == "spatial":
        cover = (photograph(),)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cover.jpg"
            jpeg_files.encode(path, photograph(), 75)
            read = jpeg_files.read(path)
        cover = (read.coefficients[0], read.quantization_tables[0])
    total = partial(embedders.embed, name, *cover, payload=PAYLOAD, seed=1)
    peer = None
    if conseal is not None and theirs is not None:
        peer = (None, None, partial(getattr(conseal, theirs).simulate_single_channel, cover[0], PAYLOAD, seed=1))
    return Row(name, limit, (None, None, total), peer)


def rows():
    """Every embedder that has a limit."""
    return [
        spatial_row("suniward", 2.0),
        spatial_row("wow", 2.0),
        whole_row("hill", 3.0, "hill"),
        whole_row("mipod", 6.0, "mipod"),
        whole_row("hugo", 8.0, "hugo"),
        whole_row("lsbm", 2.0),
        whole_row("lsbm-binary", 2.0),
        jpeg_row("juniward", 7.0),
        jpeg_row("uerd", 3.0),
        jpeg_row("jmipod", 8.0),
        whole_row("nsf5", 1.0),
        whole_row("ued", 2.5),
        whole_row("ebs", 3.0),
    ]


def milliseconds(call, seconds=1.0):
    """CPU time of the fastest warm call of at least five, over about a second: other work on the machine only adds."""
    call()
    times = []
    while len(times) < 5 or sum(times) < seconds:
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def line(row):
    """Time one row."""
    ours = [math.nan if call is None else milliseconds(call) for call in row.ours]
    cells = [row.name, *("-" if math.isnan(ms) else f"{ms:.2f}" for ms in ours)]
    if row.theirs is None:
        cells += ["-"] * 4
    else:
        theirs = [math.nan if call is None else milliseconds(call) for call in row.theirs]
        cells += [*("-" if math.isnan(ms) else f"{ms:.1f}" for ms in theirs), f"{theirs[-1] / ours[-1]:.0f}x"]
    return [*cells, f"{row.limit:g}", "ok" if ours[-1] <= row.limit else "over"]


#: Images a second that the input pipeline must give, and pairs that it is measured on (hot cache, four shards).
PIPELINE_LIMIT = 30_000
PIPELINE_PAIRS = 4 * 500


def pipeline_rates():
    """Images a second from shards to batches of 64, shuffled over all shards: as stored, turned, embedded online."""
    from models.dataset import Pairs, epoch_order
    from models.pipeline import batches

    with tempfile.TemporaryDirectory() as folder:
        paths = [write_pairs(Path(folder), number) for number in range(4)]
        stored, online = Pairs([path for path, _ in paths]), Pairs([path for path, _ in paths])
        online.draw_from([path for _, path in paths], None)
        for name, pairs, augment in (
            ("stored", stored, False),
            ("stored, rotations and flips", stored, True),
            ("online embedding, rotations and flips", online, True),
        ):
            best = 0.0
            for epoch in range(1, 5):
                rows = epoch_order(len(pairs), seed=1, epoch=epoch, paired=False, augment=augment)
                start = time.perf_counter()
                for _ in batches(pairs, rows, 64):
                    pass
                best = max(best, len(rows) / (time.perf_counter() - start))
            yield name, best


def write_pairs(folder, number):
    """A shard and its change probabilities."""
    generator = np.random.default_rng(number)
    count = PIPELINE_PAIRS // 4
    cover = generator.integers(1, 255, (count, SIDE, SIDE), np.uint8)
    names = [f"{number}-{i:03d}" for i in range(count)]
    pairs = [Pair(name, image, image + 1, 1.0, 1.0, image.size) for name, image in zip(names, cover, strict=True)]
    shards.build(folder / f"{number}.h5", pairs, {"split": "train"})
    (folder / str(number)).mkdir()
    for name, image in zip(names, cover, strict=True):
        images.write_pgm(folder / str(number) / f"{name}.pgm", image)
    kept = folder / f"{number}-probabilities.h5"
    probabilities.build(kept, folder / str(number), StegoSet.parse("sample/lsbm-0.4bpp"))
    return folder / f"{number}.h5", kept


def sweep():
    """Five payloads in one call beside one, S-UNIWARD: costs are shared."""
    cover, payloads = photograph(), [0.1, 0.2, 0.3, 0.4, 0.5]
    one = milliseconds(partial(embedders.embed, "suniward", cover, payload=PAYLOAD, seed=1))
    five = milliseconds(partial(embedders.embed_payloads, "suniward", cover, payloads=payloads, seeds=[1, 2, 3, 4, 5]))
    verdict = "ok" if five <= SWEEP_LIMIT * one else "over"
    return f"suniward at {payloads}: {five:.2f} ms, {five / one:.2f} times one; limit {SWEEP_LIMIT:g} {verdict}"


#: CPU seconds a GB that holding a shard to its digest may take, beside sha256 of the same bytes alone.
DIGEST_LIMIT = 2.0


def digests():
    """Hold 0.5 GB to their digest."""
    with tempfile.TemporaryDirectory() as folder, h5py.File(Path(folder) / "a.h5", "w") as file:
        images = np.random.default_rng(1).integers(0, 256, (8_000, SIDE, SIDE), np.uint8)
        file.create_dataset("cover", data=images)
        ours, alone = (
            milliseconds(call) / 1e3 / (images.nbytes / 1e9)
            for call in (partial(hdf5.digest, file), lambda: hashlib.sha256(images).digest())
        )
    verdict = "ok" if ours <= DIGEST_LIMIT else "over"
    return f"digest of a shard: {ours:.2f} s a GB; sha256 alone {alone:.2f}; limit {DIGEST_LIMIT:g} {verdict}"


def main():
    """Print the tables."""
    compared = f"conseal {conseal.__version__}" if conseal else "conseal is not installed: pip install '.[reference]'"
    print(f"CPU ms per {SIDE}x{SIDE} image on one core, payload {PAYLOAD}, fastest of many warm calls; {compared}")
    head = ["embedder", *STAGES, *(f"conseal {stage}" for stage in STAGES), "ratio", "limit", ""]
    table = [head, *(line(row) for row in rows())]
    widths = [max(len(cells[i]) for cells in table) for i in range(len(head))]
    for cells in table:
        columns = [cells[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(cells[1:], widths[1:], strict=True))]
        print("  ".join(columns).rstrip())
    print(sweep())
    print(digests())
    print(f"\nInput pipeline, images a second of {SIDE}x{SIDE}, hot cache, {PIPELINE_PAIRS:,} pairs in four shards")
    for name, rate in pipeline_rates():
        verdict = ("ok" if rate >= PIPELINE_LIMIT else "below") + f" {PIPELINE_LIMIT:,}" if name == "stored" else ""
        print(f"{name:35} {rate:8,.0f}  {verdict}".rstrip())


if __name__ == "__main__":
    main()
