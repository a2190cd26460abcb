"""Change probabilities of the covers of one shard: what stegos are drawn from anew while a network trains."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import embedders
from stegdata import covers, hdf5, progress
from stegdata.errors import DataError
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

    Parameters
    ----------
    path : Path
        The file.
    folder : Path
        Covers of one shard: PGM, or JPEG, whose luminance is changed.
    stego_set : StegoSet
        Of one source and one embedder.
    left_out : int
        Covers that the embedder may refuse.

    Raises
    ------
    DataError
        No covers, one that cannot be read, more refused than may be left out, or a file that cannot be written.
    """
    name, payload = stego_set.embedder, stego_set.payload
    assert payload is not None  # no rule asks for change probabilities of precomputed pairs
    total, refused = len(covers.listed(folder)), {}
    with hdf5.create(path, total) as rows:
        for cover in progress.follow(covers.each(folder), Path(path).name, total):
            try:
                p_p1, p_m1 = embedders.change_probabilities(name, *cover.arrays, payload=payload)
            except embedders.FunctionError as error:
                raise DataError(f"{error} (cover {Path(folder) / cover.name})") from error
            except ValueError as error:
                refused[cover.name] = str(error)
                continue
            plane, *table = cover.arrays
            row = {"cover": plane, "p_p1": p_p1.astype(np.float16), "p_m1": p_m1.astype(np.float16)}
            rows.append(row | ({"quantization_table": table[0]} if table else {}), cover.name)
        covers.check_refused(folder, refused, left_out)
        rows.skipped = len(refused)
    return total - len(refused)


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
