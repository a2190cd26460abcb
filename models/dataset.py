"""All pairs of some shards by number, and the order in which an epoch goes through them."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedders import Domain
from models.errors import ModelError
from models.features.jpeg import unrounded
from models.scores import Scores
from stegdata import probabilities, shards
from stegdata.shards import Shard

#: Columns of rows: pair, 0 cover or 1 stego, symmetry 0..7, key of the place of the crop, key of a stego drawn anew.
COLUMNS = 5
#: Side of the blocks of a JPEG.
BLOCK = 8


class Pairs:
    """All pairs of some shards, addressed by one running number.

    Attributes
    ----------
    names : list of str
        Cover names, in order of the running number.
    stored : list of str
        Those of all pairs in the shards.
    kept : numpy.ndarray
        int64 [n], places of `names` in `stored`.
    origins : list of (str, str)
        Source and embedder of each pair.
    qualities : list of int
        JPEG quality of each pair; 0 in the spatial domain, or of a table that is no standard one.
    resize : str
        Of the first shard: how its images got their size.
    size : int
        Side of the images that `gather` gives, in pixels: of the crop, or of the shards.
    dtype : numpy.dtype
        Of the images that `gather` gives: uint8, or float32 where they are unrounded.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        crop: int | None = None,
        excluded: Collection[tuple[str, str]] = (),
        coefficients: bool = False,
    ) -> None:
        """Open the shards, in the order given; leave out covers by source and name.

        With `coefficients` images are decompressed from those in the shards, neither rounded nor clipped.

        Raises
        ------
        ModelError
            If there is none, their images differ in size, are smaller than the crop, or have no coefficients where
            these are asked.
        """
        opened = [shards.read(path) for path in paths]
        pairs_of = list(zip(opened, paths, strict=True))
        sizes = sorted({side for shard in opened for side in shard.cover.shape[1:]})
        if len(sizes) != 1:
            raise ModelError(
                f"shards: expected images of one size, got sizes {sizes or 'of no shard'}: {list(map(str, paths))}"
            )
        if crop is not None and crop > sizes[0]:
            raise ModelError(f"crop: expected at most the {sizes[0]} pixels of the images, got {crop}: lower it")
        self.size = crop or sizes[0]
        self.stored = [str(name) for shard in opened for name in shard.names]
        origins = [
            tuple(str(shard.attributes.get(key, "")) for key in ("source", "embedder"))
            for shard in opened
            for _ in shard.names
        ]
        none = [np.zeros(len(shard.names), np.int64) for shard in opened]
        planes = [shard.planes.get("quality", zeros) for shard, zeros in zip(opened, none, strict=True)]
        qualities = np.concatenate(planes).tolist()
        left_out = set(excluded)
        covers = [(origin[0], name) for origin, name in zip(origins, self.stored, strict=True)]
        self.kept = np.array([number for number, cover in enumerate(covers) if cover not in left_out], np.int64)
        self.names, self.origins, self.qualities = (
            [values[number] for number in self.kept] for values in (self.stored, origins, qualities)
        )
        self.resize = str(opened[0].attributes.get("resize", ""))
        self._slack = sizes[0] - self.size
        self.dtype = np.dtype(np.float32 if coefficients else np.uint8)
        self._grid = BLOCK if coefficients else 1
        self._images = [
            _planes(shard, path) if coefficients else (shard.cover, shard.stego) for shard, path in pairs_of
        ]
        self._tables = [shard.planes["quantization_table"] for shard in opened] if coefficients else []
        self._starts = np.cumsum([0] + [len(shard.names) for shard in opened])
        self._probabilities: list[probabilities.Probabilities] = []

    def draw_from(self, paths: Sequence[Path]) -> None:
        """Draw stegos from change probabilities from now on, instead of reading them.

        Parameters
        ----------
        paths : sequence of Path
            One file of change probabilities a shard, in the order of the shards.

        Raises
        ------
        ModelError
            If the covers are not those of the shards.
        """
        opened = [probabilities.read(path) for path in paths]
        if len(opened) == len(self._images):
            opened = [one.of(names) for one, names in zip(opened, self._names_by_shard(), strict=True)]
        if [name for one in opened for name in one.names] != self.stored:
            raise ModelError(
                f"online embedding: expected change probabilities of the {len(self.stored)} covers of the shards, got "
                f"those of others ({', '.join(map(str, paths)) or 'none'}): delete them and run again"
            )
        self._probabilities = opened

    def _names_by_shard(self) -> list[list[str]]:
        return [self.stored[start:end] for start, end in pairwise(self._starts)]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.names)

    def gather(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Read images: rows [n, 5] (see `COLUMNS`) -> [n, size, size, 1] of `dtype`."""
        out = np.empty((len(rows), self.size, self.size, 1), self.dtype)
        pairs = self.kept[rows[:, 0]]
        shard_of = np.searchsorted(self._starts, pairs, side="right") - 1
        for i, (pair, (_, stego, symmetry, place, key)) in enumerate(zip(pairs, rows, strict=True)):
            image = self._image(shard_of[i], pair - self._starts[shard_of[i]], stego, self._window(place), key)
            image = image[:, ::-1] if symmetry >= 4 else image
            out[i, :, :, 0] = np.rot90(image, symmetry % 4)
        return out

    def scored(self, values: NDArray[np.float64]) -> Scores:
        """Scores of cover and stego of each pair in turn, float64 [2 n], with what they are of: each cover a group."""
        twice = np.repeat(np.arange(len(self)), 2)
        origins = [self.origins[pair] for pair in twice]
        names, qualities = [self.names[pair] for pair in twice], np.array(self.qualities, np.int64)[twice]
        sources, embedders = ([origin[i] for origin in origins] for i in range(2))
        return Scores(sources, embedders, names, names, qualities, np.tile([0, 1], len(self)), values)

    def _window(self, place: int) -> tuple[slice, slice]:
        """Window of the crop: number `place` of all on the grid, row by row, or the one in the middle below zero."""
        number = self._slack // self._grid + 1
        top, left = divmod(place % number**2, number) if place >= 0 else (self._slack // 2 // self._grid,) * 2
        top, left = self._grid * top, self._grid * left
        return slice(top, top + self.size), slice(left, left + self.size)

    def _image(self, shard: int, row: int, stego: int, window: tuple[slice, slice], key: int) -> NDArray[Any]:
        drawn = self._probabilities[shard] if stego and self._probabilities and key >= 0 else None
        if drawn is None and not self._tables:
            return self._images[shard][stego][row][window]
        if drawn is None:
            return _unrounded(self._images[shard][stego][row], self._tables[shard][row], window)
        if drawn.quantization_table is None:
            return _draw(drawn.cover[row][window], drawn.p_p1[row][window], drawn.p_m1[row][window], key, np.uint8)
        coefficients = _draw(drawn.cover[row], drawn.p_p1[row], drawn.p_m1[row], key, np.int16)
        if self._tables:
            return _unrounded(coefficients, drawn.quantization_table[row], window)
        return Domain.JPEG.pixels(coefficients, drawn.quantization_table[row])[window]


def _planes(shard: Shard, path: Path) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Coefficients of covers and stegos."""
    if "cover_coefficients" not in shard.planes:
        raise ModelError(
            f"{path}: expected a shard with DCT coefficients, as unrounded pixels are made of them, got none: set "
            "keep: coefficients of its source and make it again"
        )
    return shard.planes["cover_coefficients"], shard.planes["stego_coefficients"]


def _unrounded(
    coefficients: NDArray[np.int16], table: NDArray[np.uint16], window: tuple[slice, slice]
) -> NDArray[np.float32]:
    """Decompress a window that begins on the grid of blocks."""
    blocks = tuple(slice(side.start, side.start - (side.start - side.stop) // BLOCK * BLOCK) for side in window)
    return unrounded(coefficients[blocks], table)[tuple(slice(side.stop - side.start) for side in window)]


def _draw(
    cover: NDArray[Any], p_p1: NDArray[np.float16], p_m1: NDArray[np.float16], key: int, dtype: type
) -> NDArray[Any]:
    """Change a cover by +1 with probability p_p1, by -1 with p_m1; the key decides which."""
    uniform = np.random.Generator(np.random.SFC64(int(key))).random(cover.shape, np.float32)
    plus = uniform < p_p1
    minus = (uniform < p_p1 + p_m1.astype(np.float32)) & ~plus
    return (cover + plus.astype(np.int16) - minus).astype(dtype)


def epoch_order(pairs: int, *, seed: int, epoch: int, paired: bool, augment: bool) -> NDArray[np.int64]:
    """Rows for `Pairs.gather` of one training epoch: a function of seed and epoch only.

    Returns
    -------
    numpy.ndarray
        int64 [2 * pairs, 5]; with `paired`, rows 2i and 2i + 1 are cover and stego of one pair. Both images of a pair
        always get the same symmetry and the same crop.
    """
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, epoch))))
    symmetry = generator.integers(0, 8, pairs) if augment else np.zeros(pairs, np.int64)
    images = np.arange(2 * pairs)
    if paired:
        images = (2 * generator.permutation(pairs)[:, None] + np.arange(2)).reshape(-1)
    else:
        images = generator.permutation(images)
    place, key = generator.integers(0, 2**62, (2, pairs))
    pair = images // 2
    return np.stack([pair, images % 2, symmetry[pair], place[pair], key[pair]], axis=1)


def in_order(pairs: int) -> NDArray[np.int64]:
    """Rows of all images as they are stored: cover and stego of the first pair, of the second, and so on."""
    images = np.arange(2 * pairs)
    rows = np.zeros((2 * pairs, COLUMNS), np.int64)
    rows[:, 0], rows[:, 1], rows[:, 3:] = images // 2, images % 2, -1
    return rows
