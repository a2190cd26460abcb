"""Change probabilities of the covers of one shard: what stegos are drawn from anew while a network trains."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stegdata import covers, hdf5, progress


@dataclass(frozen=True)
class Probabilities:
    """Change probabilities as read: planes memory-mapped.

    Attributes
    ----------
    cover : numpy.ndarray
        What is changed: uint8 [n, size, size] pixels, or int16 [n, height, width] DCT coefficients of the luminance.
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
        """Those of some covers, in this order; of all that are there where one is missing.

        A cover in which a message changed nothing has probabilities, and is in no shard.
        """
        place = {name: row for row, name in enumerate(self.names)}
        if names == self.names or not place.keys() >= set(names):
            return self
        rows = [place[name] for name in names]
        table = None if self.quantization_table is None else self.quantization_table[rows]
        return Probabilities(self.cover[rows], self.p_p1[rows], self.p_m1[rows], names, table)


def build(
    path: Path,
    folder: Path,
    solve: Callable[..., tuple[NDArray[np.float64], NDArray[np.float64]]],
    without: Collection[str] = (),
) -> int:
    """Write the change probabilities of every cover of a folder, whole or not at all; return how many.

    Parameters
    ----------
    path : Path
        The file.
    folder : Path
        Covers of one shard: PGM, or JPEG, whose luminance is changed.
    solve : callable
        (pixels), or (coefficients, quantization table) -> probabilities of +1 and of -1.
    without : collection of str
        Names of covers to leave out.

    Raises
    ------
    DataError
        No covers, one that cannot be read or embedded, or a file that cannot be written.
    """
    total = len(covers.listed(folder)) - len(without)
    names = []
    with hdf5.create(path, total) as rows:
        found = covers.each(folder, lambda name, *arrays: solve(*arrays), without)
        for cover, (p_p1, p_m1) in progress.follow(found, Path(path).name, total):
            plane, *table = cover.arrays
            row = {"cover": plane, "p_p1": p_p1.astype(np.float16), "p_m1": p_m1.astype(np.float16)}
            rows.append(row | ({"quantization_table": table[0]} if table else {}))
            names.append(cover.name)
        rows.add_names(names)
    return total


def read(path: Path) -> Probabilities:
    """Open change probabilities, planes as read-only memory maps.

    Raises
    ------
    DataError
        If the file is missing, not whole or something else.
    """
    with hdf5.opened(path, "change probabilities") as file:
        table = file.get("quantization_table")
        cover, p_p1, p_m1 = (hdf5.memory_map(path, file[key]) for key in ("cover", "p_p1", "p_m1"))
        return Probabilities(
            cover,
            p_p1,
            p_m1,
            file["name"].asstr()[...].tolist(),
            None if table is None else table[...],
        )
