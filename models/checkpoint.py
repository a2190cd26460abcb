"""The whole state of a training in one file, so that a killed one goes on to the same bits."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from models.history import Epoch
from stegdata.files import atomic_write, sha256

PACKAGES = ("tensorflow", "keras", "numpy")


@dataclass
class Progress:
    """Where a training stands.

    Attributes
    ----------
    epoch : int
        The epoch that is running, from 1.
    seen : list of (float, float)
        Loss and accuracy of the steps of this epoch that are done; their number is where the data go on.
    history : list of Epoch
        Epochs that are over.
    best : list of numpy.ndarray
        All variables of the model after the best of them; empty before the first.
    """

    epoch: int = 1
    seen: list[tuple[float, float]] = field(default_factory=list)
    history: list[Epoch] = field(default_factory=list)
    best: list[NDArray[Any]] = field(default_factory=list)


def fingerprint(what: dict[str, Any], files: Sequence[Path]) -> str:
    """Hash of all that the bits of a training depend on: its parameters, the content of its files, library versions."""
    described = what | {"files": [sha256(path) for path in files]} | {name: version(name) for name in PACKAGES}
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def save(
    path: Path, fingerprint: str, model: keras.Model, optimizer: keras.optimizers.Optimizer, progress: Progress
) -> None:
    """Write progress and every variable, the states of dropout's random numbers included, whole or not at all."""
    state = {"fingerprint": fingerprint, "epoch": progress.epoch, "seen": progress.seen}
    state["history"] = [asdict(epoch) for epoch in progress.history]
    arrays = {f"now{i:04d}": variable.numpy() for i, variable in enumerate(_variables(model, optimizer))}
    arrays |= {f"best{i:04d}": array for i, array in enumerate(progress.best)}
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.savez(file, state=np.array(json.dumps(state)), **arrays)


def load(
    path: Path,
    fingerprint: str,
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    log: Callable[[str], None] = print,
) -> Progress | None:
    """Restore every variable and return the progress; None, and nothing changed, without a checkpoint to resume.

    A checkpoint of another recipe, of other data or of other library versions is ignored; a damaged one is set aside
    as `checkpoint.npz.damaged`, which the log tells.
    """
    if not Path(path).exists():
        return None
    try:
        with np.load(path) as saved:
            state = json.loads(str(saved["state"]))
            if state.get("fingerprint") != fingerprint:
                return None
            arrays = [saved[name] for name in sorted(saved.files) if name.startswith("now")]
            best = [saved[name] for name in sorted(saved.files) if name.startswith("best")]
        variables = _variables(model, optimizer)
        if [array.shape for array in arrays] != [tuple(variable.shape) for variable in variables]:
            raise ValueError("variables of another shape")
        progress = Progress(
            state["epoch"], [tuple(pair) for pair in state["seen"]], [Epoch(**row) for row in state["history"]], best
        )
    except (OSError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        damaged = path.with_name(f"{path.name}.damaged")
        path.replace(damaged)
        reason = " ".join(str(error).split())
        log(f"{path}: expected a checkpoint, got {reason}: set aside as {damaged.name}; training begins anew")
        return None
    for variable, value in zip(variables, arrays, strict=True):
        variable.assign(value)
    return progress


def values(model: keras.Model) -> list[NDArray[Any]]:
    """Copy all variables of a model."""
    return [variable.numpy() for variable in model.variables]


def put(model: keras.Model, kept: Sequence[NDArray[Any]]) -> None:
    """Give a model the variables that `values` copied."""
    for variable, value in zip(model.variables, kept, strict=True):
        variable.assign(value)


def _variables(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    return [*model.variables, *optimizer.variables]
