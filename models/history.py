"""The epochs of a training, and which of them is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from stegdata import tsv
from stegdata.errors import named


@dataclass(frozen=True)
class Epoch:
    """One line of `history.tsv`; losses: cross-entropy in nats without the L2 term; accuracies: shares of images."""

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float


COLUMNS = tuple(field.name for field in fields(Epoch))


def best(history: Sequence[Epoch]) -> Epoch:
    """Return the epoch whose weights are kept: the first with the smallest validation loss."""
    return min(history, key=lambda epoch: epoch.val_loss)


def write(path: Path, history: Sequence[Epoch]) -> None:
    """Write one line an epoch, tab-separated."""
    tsv.write(path, COLUMNS, map(astuple, history))


def read(path: Path) -> list[Epoch]:
    """Read what `write` wrote; DataError if it is missing or something else."""
    return named(path, _epochs, tsv.read(path, COLUMNS))


def _epochs(lines: Sequence[Mapping[str, str]]) -> list[Epoch]:
    return [Epoch(int(line["epoch"]), *(float(line[column]) for column in COLUMNS[1:])) for line in lines]
