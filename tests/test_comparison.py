"""Paired differences and the cross-dataset matrix, against hand and plain loops."""

import csv
import json
from math import comb

import numpy as np
import pytest

from models import ModelError, comparison, cross
from stegdata.splits import Row, write


def scores(root, training, right, seed=1, sources=("a",), names=None):
    """A `scores.tsv` in which image i is told rightly where right[i]; cover and stego in turn."""
    path = root / f"results/training/a/suniward-0.4bpp/{training}/seed-{seed}/scores.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    names = names or [f"c{i // 2}" for i in range(len(right))]
    with path.open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(["source", "embedder", "quality", "name", "label", "score"])
        for i, good in enumerate(right):
            label = i % 2
            table.writerow([sources[0], "suniward", 0, names[i], label, 0.9 if label == good else 0.1])
    return path


def split(root, groups):
    write(root / "split.tsv", [Row(f"c{i}", group, "test", 0) for i, group in enumerate(groups)])
    return {"a": root / "split.tsv"}


def test_by_hand(tmp_path):
    """Of 8 images the first is right in 6, the second in 4: right alone in 3 and 1; McNemar's exact p is 10/16."""
    first, second = [1, 1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 0, 1, 0]
    paths = [scores(tmp_path, "xu-net-fc/tuned", first), scores(tmp_path, "xu-net-lstm/tuned", second)]
    (row,) = comparison.compare(paths, split(tmp_path, ["p", "q", "r", "s"]))
    assert (row["first"], row["second"], row["seed"]) == ("xu-net-fc tuned", "xu-net-lstm tuned", "1")
    assert row["difference"] == pytest.approx(2 / 8) and (row["images"], row["groups"]) == (8, 4)
    assert row["mcnemar_p"] == pytest.approx(2 * sum(comb(4, k) for k in (0, 1)) / 2**4)
    assert row["low"] < row["difference"] < row["high"]


def test_interval_is_that_of_resampled_groups(tmp_path):
    """Plain bootstrap of whole groups, and wider than one that takes images as independent."""
    generator = np.random.default_rng(5)
    groups = np.repeat(np.arange(20), 10)  # 10 covers a photograph
    hard = generator.random(20) < 0.5
    first = np.ones(400, int)
    second = np.where(hard[np.repeat(groups, 2)], 0, 1)
    paths = [scores(tmp_path, "xu-net-fc/literal", first), scores(tmp_path, "xu-net-fc/tuned", second)]
    (row,) = comparison.compare(paths, split(tmp_path, [f"p{g}" for g in groups]))
    means = [np.mean(hard[generator.integers(0, 20, 20)]) for _ in range(4000)]
    assert (row["low"], row["high"]) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.06)
    assert row["high"] - row["low"] > 3 * 2 * 1.96 * np.sqrt(0.25 / 400)
    assert comparison.compare(paths, split(tmp_path, [f"p{g}" for g in groups])) == [row]


def test_what_is_compared(tmp_path):
    right = [1, 0, 1, 1]
    trainings = ["xu-net-fc/tuned", "xu-net-lstm/tuned", "xu-net-pool/literal", "xu-net-fc/literal", "ye-net-fc/tuned"]
    paths = [scores(tmp_path, training, right, seed) for training in trainings for seed in (1, 2)]
    rows = comparison.compare(paths, split(tmp_path, ["p", "q"]))
    assert [(row["first"], row["second"], row["seed"]) for row in rows] == [
        (first, second, seed)
        for first, second in (
            ("xu-net-fc literal", "xu-net-fc tuned"),
            ("xu-net-fc literal", "xu-net-pool literal"),
            ("xu-net-fc tuned", "xu-net-lstm tuned"),
        )
        for seed in ("1", "2", "all")
    ]
    assert {row["mcnemar_p"] for row in rows if row["seed"] == "all"} == {""}


def test_the_mean_over_seeds(tmp_path):
    runs = {1: ([1, 1, 1, 1], [0, 1, 1, 1]), 2: ([1, 1, 0, 0], [1, 1, 1, 1])}
    paths = []
    for seed, (first, second) in runs.items():
        paths += [scores(tmp_path, "xu-net-fc/t", first, seed), scores(tmp_path, "xu-net-lstm/t", second, seed)]
    rows = comparison.compare(paths, split(tmp_path, ["p", "q"]))
    assert [row["difference"] for row in rows] == pytest.approx([0.25, -0.5, -0.125])


def test_other_images_are_refused(tmp_path):
    paths = [scores(tmp_path, "xu-net-fc/t", [1, 1]), scores(tmp_path, "xu-net-lstm/t", [1, 1], names=["x", "x"])]
    with pytest.raises(ModelError, match=r"xu-net-lstm.*expected scores of the images of .*xu-net-fc.*got others"):
        comparison.compare(paths, split(tmp_path, ["p", "q"]))


# ---- cross-dataset matrix


def test_matrix(tmp_path):
    paths = []
    for trained, tested, seed, accuracy in (
        ("a", "a", 1, 0.9),
        ("a", "a", 2, 0.8),
        ("a", "b", 1, 0.6),
        ("b", "b", 1, 0.7),
    ):
        path = tmp_path / f"{len(paths)}.json"
        which = {"network": "xu-net", "head": "fc", "recipe": "t", "trained_on": trained, "tested_on": tested}
        values = {"accuracy": accuracy, "independent": 100, "images": 100, "auc": accuracy, "p_e": 1 - accuracy}
        path.write_text(json.dumps(which | values | {"seed": str(seed)}))
        paths.append(path)
    cross.write(tmp_path / "cross", paths)
    with (tmp_path / "cross/cross.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["trained_on"], row["tested_on"], row["seeds"]) for row in rows] == [
        ("a", "a", "2"),
        ("a", "b", "1"),
        ("b", "b", "1"),
    ]
    assert float(rows[0]["accuracy"]) == pytest.approx(0.85) and float(rows[0]["spread"]) == pytest.approx(
        0.0707, abs=1e-4
    )
    assert float(rows[1]["low"]) < 0.6 < float(rows[1]["high"]) and rows[1]["spread"] == ""
    assert (tmp_path / "cross/cross-xu-net-fc-t.png").stat().st_size > 5000
    assert "| a" in (tmp_path / "cross/cross.md").read_text()
