"""A finished run in a folder, made without training: what the report's tests read."""

import csv
import json

import numpy as np
import skimage.data

import embedders
from models import evaluation, figures
from models.history import Epoch, write_history
from stegdata import covers, manifest, pairs, shards, splits
from stegdata.formats import images
from workflow.embedding import embedder_of, jpeg_embedder_of
from workflow.report import page

SPATIAL, JPEG, INFORMATION = "suniward-0.4bpp", "uerd-q75-0.4bpnzac", "jmipod-q75-0.4bpnzac"
SETTINGS = {
    "run": "tiny",
    "seed": 1,
    "seeds": [1, 2],
    "sources": {"sample": {"kind": "sample", "split_seed": 3}},
    "recipes": {"quick": {"epochs": 12}, "tuned": {"epochs": 30, "crop": 64}},
}
PAIRS = 4


def make(root):
    """Write covers, shards, scores, histories and tables below `root/results`; return what the report is made from."""
    results = root / "results"
    shard_paths = [*_shards(results)]
    manifests = []
    for path in shard_paths:
        manifests.append(path.with_name("manifest.tsv"))
        manifest.write(manifests[-1], [path])
        manifest.write_pairs(path.with_name("pairs.tsv"), [path])
    trainings = [
        _training(results / f"training/sample/{path.parts[-2]}/xu-net-fc/quick/seed-1") for path in shard_paths
    ]
    figures.training_curves(results / "figures", [folder / "history.tsv" for folder in trainings])
    _tables(results / "tables")
    _cross(results / "cross")
    (results / "benchmarks/train").mkdir(parents=True)
    header = "s\th:m:s\tmax_rss\tmax_vms\n"
    for number, seconds in enumerate((60, 180)):
        (results / f"benchmarks/train/{number}.tsv").write_text(f"{header}{seconds}\t0:01:00\t{1000 + number}\t1\n")
    (results / "benchmarks/tables.tsv").write_text(f"{header}3\t0:00:03\tNA\t1\n")
    return page.Inputs(
        splits=[results / "covers/sample/split.tsv"],
        manifests=manifests,
        pairs=[path.with_name("pairs.tsv") for path in shard_paths],
        metrics=[folder / "metrics.json" for folder in trainings],
        scores=[folder / "scores.tsv" for folder in trainings],
        shown=[(path, page.strips.jpeg_covers_of(path)) for path in shard_paths],
        tables=results / "tables",
        curves=results / "figures",
        benchmarks=results / "benchmarks",
        cross=results / "cross",
    )


def _shards(results):
    """One test shard of each stego set, and its covers."""
    folder = results / "covers/sample/test-000"
    folder.mkdir(parents=True)
    rows = []
    for number in range(PAIRS):
        tile = skimage.data.camera()[64 * number : 64 * number + 64, 128:192]
        images.write_pgm(folder / f"camera-{number}.pgm", tile.copy())
        rows.append(splits.Row(f"camera-{number}", f"group-{number // 2}", "test", 0))
    splits.write(results / "covers/sample/split.tsv", rows)
    compressed = results / "covers/sample/q75/test-000"
    compressed.parent.mkdir()
    covers.encode(compressed, folder, 75)
    for name in (SPATIAL, JPEG, INFORMATION):
        path = results / f"shards/sample/{name}/test-000.h5"
        path.parent.mkdir(parents=True)
        embedder = name.partition("-")[0]
        attributes = {"split": "test", "payload": 0.4, "seed": 1, "source": "sample"}
        if embedders.EMBEDDERS[embedder].domain == "spatial":
            embed = embedder_of(embedder, 0.4, 1, "sample")

            def embed_pixels(cover_name, cover, embed=embed):
                made = embed(cover_name, cover)
                return made.stego, made.change_rate, made.entropy_bits

            found = pairs.from_pgm(folder, embed_pixels)
        else:
            found = pairs.from_jpeg(compressed, jpeg_embedder_of(embedder, 0.4, 1, "sample/q75"))
        shards.build(path, found, attributes)
        yield path


def _training(folder):
    """Scores that tell half of the stegos from their covers."""
    folder.mkdir(parents=True)
    labels = np.tile([0, 1], PAIRS)
    scores = np.where(labels == 1, np.arange(2 * PAIRS) / (2 * PAIRS), 0.3)
    metrics = evaluation.summarise(labels, scores)
    names = {
        "union": "sample",
        "stego_set": folder.parts[-4],
        "network": "xu-net",
        "head": "fc",
        "recipe": "quick",
        "seed": "1",
    }
    (folder / "metrics.json").write_text(json.dumps(names | metrics | {"best_epoch": 2}))
    lines = ["source\tembedder\tname\tlabel\tscore"]
    lines += [f"sample\te\tcamera-{n // 2}\t{labels[n]}\t{scores[n]}" for n in range(2 * PAIRS)]
    (folder / "scores.tsv").write_text("\n".join(lines) + "\n")
    write_history(folder / "history.tsv", [Epoch(n, 0.7 / n, 0.5 + n / 10, 0.7, 0.5) for n in (1, 2, 3)])
    return folder


def _tables(folder):
    folder.mkdir(parents=True)
    columns = ("data", "payload", "network", "head", "recipe", "accuracy", "low", "high", "paper")
    row = ("sample", "0.4bpp", "xu-net", "Strategy (fc)", "quick", 0.625, 0.4, 0.8, 0.78)
    for name, rows in (("table2", []), ("table3", [row]), ("table4", [])):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        (folder / f"{name}.md").write_text(
            f"## T{name[1:5]} {name[5]}: accuracy\n\nOurs: run `tiny` <b>.\n\n| data | 95 % interval |\n|---|---|\n"
            "| sample | 40.0 to 80.0 |\n"
        )


def _cross(folder):
    folder.mkdir()
    with (folder / "cross.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("trained_on", "tested_on", "network", "head", "recipe", "accuracy", "low", "high"))
        for trained, tested, accuracy in (("a", "a", 0.8), ("a", "b", 0.55), ("b", "b", 0.7)):
            table.writerow((trained, tested, "xu-net", "fc", "quick", accuracy, 0.5, 0.9))
