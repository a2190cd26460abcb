"""The epochs of a training, and which of them is kept."""

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from stegdata.files import atomic_write


@dataclass(frozen=True)
class Epoch:
    """One line of `history.tsv`; losses: cross-entropy in nats without the L2 term; accuracies: shares of images."""

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float


def best(history: Sequence[Epoch]) -> Epoch:
    """Return the epoch whose weights are kept: the first with the smallest validation loss."""
    return min(history, key=lambda epoch: epoch.val_loss)


def write_history(path: Path, history: Sequence[Epoch]) -> None:
    """Write one line an epoch, tab-separated."""
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow([field.name for field in fields(Epoch)])
        table.writerows(astuple(epoch) for epoch in history)


def read_history(path: Path) -> list[Epoch]:
    """Read what `write_history` wrote."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return [
            Epoch(int(line.pop("epoch")), *map(float, line.values())) for line in csv.DictReader(file, delimiter="\t")
        ]
