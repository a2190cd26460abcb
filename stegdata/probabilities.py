"""Change probabilities of the covers of one shard: what stegos are drawn from anew while a network trains."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import embedders
from stegdata import covers, hdf5, progress
from stegdata.names import StegoSet


@dataclass(frozen=True)
class Probabilities:
    """Change probabilities as read: planes memory-mapped.

    Attributes
    ----------
    cover : numpy.ndarray
        Elements to change: uint8 [n, size, size] pixels, or int16 [n, height, width] DCT coefficients of the luminance.
    p_p1, p_m1 : numpy.ndarray
        float16, shaped as `cover`: probability of +1 and of -1; 0 where the element is wet.
    names : list of str
        The covers' names, [n].
    quantization_table : numpy.ndarray or None
        uint16 [n, 8, 8] in the JPEG domain.
    """

    cover: NDArray[Any]
    p_p1: NDArray[np.float16]
    p_m1: NDArray[np.float16]
    names: list[str]
    quantization_table: NDArray[np.uint16] | None

    def of(self, names: list[str]) -> "Probabilities":
        """Select those of some covers, in this order; all of them where one is missing.

        A cover in which a message changed nothing has probabilities, and is in no shard.
        """
        row_of = {name: row for row, name in enumerate(self.names)}
        if names == self.names or not row_of.keys() >= set(names):
            return self
        rows = [row_of[name] for name in names]
        table = None if self.quantization_table is None else self.quantization_table[rows]
        return Probabilities(self.cover[rows], self.p_p1[rows], self.p_m1[rows], names, table)


def build(path: Path, folder: Path, stego_set: StegoSet, *, left_out: int = 0) -> int:
    """Write the change probabilities of every cover of a folder, whole or not at all; return how many.

    Parameters and errors are those of `embedding.embedded`, whose stegos are drawn from them.
    """
    assert stego_set.payload is not None  # no rule asks for change probabilities of precomputed pairs
    compute = partial(embedders.change_probabilities, stego_set.embedder, payload=stego_set.payload)
    total = len(covers.listed(folder))
    refused: dict[str, str] = {}
    computed = covers.accepted(folder, lambda cover: compute(*cover.arrays), refused, left_out)
    with hdf5.create(path, total) as rows:
        for cover, (p_p1, p_m1) in progress.follow(computed, Path(path).name, total):
            plane, *table = cover.arrays
            row = {"cover": plane, "p_p1": p_p1.astype(np.float16), "p_m1": p_m1.astype(np.float16)}
            rows.append(row | ({"quantization_table": table[0]} if table else {}), cover.name)
        rows.skipped = len(refused)
    return total - len(refused)


def read(path: Path) -> Probabilities:
    """Open change probabilities, planes as read-only memory maps; DataError if missing, not whole or something else."""
    names, arrays, _ = hdf5.read(path, "change probabilities", ("cover", "p_p1", "p_m1"))
    return Probabilities(arrays["cover"], arrays["p_p1"], arrays["p_m1"], names, arrays.get("quantization_table"))
