"""`models.figures`: training curves, and the numbers that they were drawn from."""

import csv

import pytest

from models import figures
from models.history import Epoch, write_history


@pytest.fixture
def histories(tmp_path):
    """Three trainings of two stego sets: the epochs of each and their files."""
    made = {}
    for number, folder in enumerate(("wow-1bpp/xu-net-fc", "wow-1bpp/xu-net-lstm", "suniward-0.4bpp/xu-net-fc")):
        path = tmp_path / f"results/training/sample/{folder}/tuned/seed-1/history.tsv"
        path.parent.mkdir(parents=True)
        made[path] = [Epoch(i, 1 / (i + number), 0.5, 0.7 / i, 0.1 + i / 10) for i in range(1, 4 + number)]
        write_history(path, made[path])
    return made


def test_curves_hold_all_epochs(tmp_path, histories):
    figures.training_curves(tmp_path / "figures", histories)
    with (tmp_path / "figures/training-curves.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    expected = []
    for path, history in histories.items():
        stego_set, training = f"sample-{path.parts[-5]}", f"{path.parts[-4]} tuned seed-1"
        expected += [[stego_set, training, *vars(epoch).values()] for epoch in history]
    assert [[*list(row.values())[:2], *map(float, list(row.values())[2:])] for row in found] == expected
    assert list(found[0]) == ["stego_set", "training", *vars(Epoch(1, 1, 1, 1, 1))]


def test_one_picture_a_stego_set_the_same_bytes_each_time(tmp_path, histories):
    for name in ("first", "second"):
        figures.training_curves(tmp_path / name, histories)
    pictures = sorted((tmp_path / "first").glob("*.png"))
    assert [picture.name for picture in pictures] == ["curves-sample-suniward-0.4bpp.png", "curves-sample-wow-1bpp.png"]
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        assert picture.read_bytes() == (tmp_path / "second" / picture.name).read_bytes()
    assert pictures[0].read_bytes() != pictures[1].read_bytes()
