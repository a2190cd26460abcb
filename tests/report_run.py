"""A finished run in the working folder, made without training, for tests of the report."""

import json
from pathlib import Path

import numpy as np
import skimage.data
from results_on_disk import write_split

import models
from models import history, metrics, scores
from models.dataset import Pairs
from models.history import Epoch
from stegdata import covers, embedding, exclusions, manifest, splits, tsv
from stegdata.formats import images
from stegdata.names import Part, StegoSet
from workflow.configuration import check
from workflow.plan import Plan
from workflow.report import page, published, summary

#: The page must escape it.
RUN = "<b>tiny</b>"
SPATIAL, JPEG, INFORMATION = (
    StegoSet.parse(f"sample/{name}") for name in ("suniward-0.4bpp", "uerd-q75-0.4bpnzac", "jmipod-q75-0.4bpnzac")
)
SETS = (SPATIAL, JPEG, INFORMATION)
SHOWN = Part("test", 0)
PAIRS = 4
CONFIG = {
    "run": RUN,
    "sources": {
        "sample": {"kind": "sample", "size": 64, "split_seed": 3, "train": PAIRS, "val": PAIRS, "test": PAIRS},
    },
    "recipes": {"quick": {"epochs": 3, "batch_images": 8}, "tuned": {"epochs": 3, "batch_images": 8, "crop": 64}},
}
SPATIAL_EXPERIMENT = {
    "sources": ["sample"],
    "embedders": ["suniward"],
    "payloads": [0.4],
    "networks": ["xu-net"],
    "features": ["spam-fld"],
}
CHOSEN = {"by": "out-of-bag AUC", "subspace": 200, "learners": 3, "auc": 0.7, "error": 0.3}
CHOSEN |= {"tried": [{"subspace": 200, "auc": 0.7}, {"subspace": 400, "auc": 0.6}]}
JPEG_EXPERIMENT = SPATIAL_EXPERIMENT | {"embedders": ["uerd", "jmipod"], "qualities": [75], "seeds": [1]}
JPEG_EXPERIMENT |= {"features": [], "recipes": {"xu-net": "tuned"}}


def plan(*, cross_dataset=True):
    run = {"seeds": [1, 2], "recipes": {"xu-net": "quick"}, "cross_dataset": cross_dataset}
    return Plan(check(CONFIG | {"runs": {RUN: run | {"experiments": [SPATIAL_EXPERIMENT, JPEG_EXPERIMENT]}}}))


def make():
    """Write covers, shards, scores, metrics, histories and benchmarks below `results`; return the plan."""
    made = plan()
    _write_shards()
    for detector, tested in made.scorings:
        path = Path(detector.scored(tested, "scores.tsv"))
        path.parent.mkdir(parents=True, exist_ok=True)
        pairs = Pairs([tested.shard(SHOWN)])
        labels = np.tile([0, 1], PAIRS)
        # detects half of the stegos
        values = np.where(labels == 1, np.arange(2 * PAIRS) / (2 * PAIRS), 0.3)
        chosen = {"best_epoch": 2, "train_accuracy": 0.9, "val_accuracy": 0.7}
        scored = pairs.scored(values).grouped(splits.groups_of(["results/covers/sample/split.tsv"]))
        scores.write(path, scored)
        measured = {"size": pairs.size, "resize": pairs.resize}
        metrics.write(metrics.beside(path), metrics.describe(scored) | measured | chosen)
    for detector in made.detectors:
        Path(detector.folder).mkdir(parents=True, exist_ok=True)
    for detector in made.networks:
        epochs = [Epoch(n, 0.7 / n, 0.5 + n / 10, 0.7, 0.5) for n in (1, 2, 3)]
        history.write(Path(detector.file("history.tsv")), epochs)
    for detector in made.classifiers:
        Path(detector.file("model.json")).write_text(json.dumps({"chosen": CHOSEN}))
    _write_benchmarks(made.networks)
    counts = [(network, head, 2, 1, 1, 0) for network in models.NETWORKS for head in ("fc", "lstm")]
    tsv.write("results/parameters.tsv", published.COUNTED, counts)
    return made


def write_report(made, folder):
    """Write tables, figures and page of the run into a folder."""
    summary.write(folder / "summary.csv", summary.collect(made.scorings))
    outputs = (folder / "tables", folder / "figures", folder / "report.html")
    page.write(made, folder / "summary.csv", Path("results/parameters.tsv"), *outputs)


def _write_shards():
    """One test shard of each stego set with its manifest, and its covers."""
    folder = Path(f"results/covers/sample/{SHOWN}")
    folder.mkdir(parents=True)
    for number in range(PAIRS):
        tile = skimage.data.camera()[64 * number : 64 * number + 64, 128:192]
        images.write_pgm(folder / f"c{number}.pgm", tile.copy())
    write_split("sample", [f"group-{number // 2}" for number in range(PAIRS)])
    exclusions.write(Path("results/covers/sample/exclusions.tsv"), [])
    compressed = Path(JPEG.covers(SHOWN))
    compressed.parent.mkdir()
    covers.encode(compressed, folder, 75)
    for stego_set in SETS:
        Path(stego_set.shards).mkdir(parents=True)
        path, about = Path(stego_set.shard(SHOWN)), {"split": "test", "resize": "crop"}
        embedding.shard(path, Path(stego_set.covers(SHOWN)), stego_set, seed=1, described=about)
        manifest.write(path.parent, [path])


def _write_benchmarks(networks):
    columns = ("s", "h:m:s", "max_rss", "cpu_time")
    measured = {detector.benchmark("train"): (60, "0:01:00", 1000, 110) for detector in networks[:2]}
    measured |= {"results/benchmarks/summary.tsv": (3, "0:00:03", "NA", 2)}
    for path, numbers in measured.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        tsv.write(path, columns, [numbers])
