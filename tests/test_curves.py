"""`workflow.report.curves`: training curves and ROC curves, and the numbers that they were drawn from."""

import csv
from pathlib import Path

import numpy as np
import pytest
from results_on_disk import detector_of, write_scores

from models import history
from models.history import Epoch
from workflow.report import curves


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Three trainings of two stego sets: detector -> epochs."""
    monkeypatch.chdir(tmp_path)
    made = {}
    for number, name in enumerate(("wow-1bpp/xu-net-fc", "wow-1bpp/xu-net-lstm", "suniward-0.4bpp/xu-net-fc")):
        detector = detector_of(f"sample/{name}/tuned/seed-1")
        made[detector] = [Epoch(i, 1 / (i + number), 0.5, 0.7 / i, 0.1 + i / 10) for i in range(1, 4 + number)]
        history.write(Path(detector.file("history.tsv")), made[detector])
    return made


def test_curves_hold_all_epochs(tmp_path, trained):
    assert curves.training(tmp_path, list(trained)) == ["curves-sample-wow-1bpp", "curves-sample-suniward-0.4bpp"]
    with (tmp_path / "training-curves.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expected = []
    for detector, epochs in trained.items():
        expected += [[str(detector.stego_set), f"{detector.name} tuned seed-1", *vars(e).values()] for e in epochs]
    assert [[*list(row.values())[:2], *map(float, list(row.values())[2:])] for row in rows] == expected
    assert list(rows[0]) == ["stego_set", "training", *vars(Epoch(1, 1, 1, 1, 1))]


def test_long_roc_is_thinned_but_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    detector = detector_of("sample/wow-1bpp/xu-net-fc/quick/seed-1")
    write_scores(detector, np.random.default_rng(1).normal(np.arange(4000) % 2))
    curve = curves.roc([detector]).query("point == 'curve'")[["false_alarm", "detection"]].to_numpy()
    assert len(curve) == curves.POINTS and curve[[0, -1]].tolist() == [[0, 0], [1, 1]]
    area = np.trapezoid(curve[:, 1], curve[:, 0])
    assert abs(area - 0.76) < 0.02  # of two normal distributions one standard deviation apart
