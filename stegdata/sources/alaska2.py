"""Precomputed pairs in the layout of ALASKA2: Cover, JMiPOD, JUNIWARD, UERD, one `<ID>.jpg` in each."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stegdata.errors import DataError, named
from stegdata.exclusions import LEFT_OUT, Exclusion, passed_over
from stegdata.formats import images, jpeg
from stegdata.pairs import Pair
from stegdata.sources.jpeg_folders import opened
from stegdata.sources.kinds import KINDS
from stegdata.sources.source import Listing, told

COVERS = "Cover"
FOLDERS = KINDS["alaska2"].precomputed

#: (coefficients, quantization table, changed coefficients) -> bits that so many changes are likely to carry.
Estimate = Callable[[NDArray[np.int16], NDArray[np.uint16], int], float]


class Alaska2:
    """A folder with Cover, JMiPOD, JUNIWARD, UERD, or a zip of it, as Kaggle hands it out."""

    def __init__(self, path: Path) -> None:
        """Take a place."""
        self._path = Path(path)

    def listing(self) -> Listing:
        """List the covers with a stego in every folder, each a group of its own: it and its stegos are in one split.

        IDs have gaps, so they are listed, never counted; those without a stego are left out.
        """
        with opened(self._path) as files:
            ids = {name: files.ids(name) for name in (COVERS, *FOLDERS.values())}
            others = files.others(ids)
        for name, found in ids.items():
            if not found:
                raise DataError(
                    f"{self._path / name}: expected JPEG files <ID>.jpg, found none: `path` in config.yaml names the "
                    f"folder, or a zip of it, that holds {', '.join(ids)}"
                )
            if orphans := found - ids[COVERS]:
                raise DataError(
                    f"{self._path / name / min(orphans)}.jpg: expected its cover in {self._path / COVERS}, found none "
                    f"({len(orphans)} such): fetch the covers again"
                )
        complete = set.intersection(*ids.values())
        exclusions = [Exclusion(name, LEFT_OUT, "as a stego is missing") for name in sorted(ids[COVERS] - complete)]
        return Listing({name: name for name in sorted(complete)}, [*exclusions, *passed_over(others)])

    def read(
        self, names: Sequence[str], unreadable: dict[str, str] | None = None
    ) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Read the luminance of the named covers."""
        with opened(self._path) as files:
            for name in names:
                with told(str(self._path / COVERS / name), unreadable):
                    yield name, files.read(COVERS, name).luminance

    def pairs(
        self,
        embedder: str,
        names: Sequence[str],
        *,
        size: int,
        resize: Literal["matlab", "crop"],
        estimate: Estimate,
        dropped: list[str],
        keep_coefficients: bool = False,
    ) -> Iterator[Pair]:
        """Read pairs of a cover and its precomputed stego.

        Parameters
        ----------
        embedder : {"jmipod", "juniward", "uerd"}
            Whose stegos.
        names : sequence of str
            IDs.
        size : int
            Side of the images, pixels.
        resize : {"matlab", "crop"}
            Of the decompressed luminance: crop cuts the centre, on the 8x8 grid; matlab resamples, as the paper did,
            which wipes most of the embedding out.
        estimate : callable
            Bits that the changes are likely to carry.
        dropped : list of str
            Gets the IDs of pairs that are left out because no pixel of them differs: the stego equals its cover, or was
            changed in chroma only or beyond the crop.
        keep_coefficients : bool
            Keep the coefficients below the crop; `size` is a multiple of 8 then, and `resize` is crop.

        Raises
        ------
        DataError
            A file that cannot be read, or a cover and stego that differ in more than coefficients, or no estimate.
        """
        with opened(self._path) as files:
            for name in names:
                paths = [self._path / folder / f"{name}.jpg" for folder in (COVERS, FOLDERS[embedder])]
                cover, stego = files.read(COVERS, name), files.read(FOLDERS[embedder], name)
                _check_likeness(paths[1], cover, stego)
                shown, altered = (
                    _geometry(path, image.luminance, size, resize)
                    for path, image in zip(paths, (cover, stego), strict=True)
                )
                if np.array_equal(shown, altered):
                    dropped.append(name)
                    continue
                plane, table = cover.coefficients[0], cover.quantization_tables[0]
                changed = stego.coefficients[0] - plane
                changes = int(np.count_nonzero(changed))
                planes = (plane, stego.coefficients[0], changed) if keep_coefficients else ()
                kept = [_cut(plane, cover.height, cover.width, size) for plane in planes]
                yield Pair(
                    name,
                    shown,
                    altered,
                    changes / plane.size,
                    named(paths[1], estimate, plane, table, changes),
                    jpeg.nonzero_ac(plane),
                    table,
                    kept[2].astype(np.int8) if kept else None,
                    (kept[0], kept[1]) if kept else None,
                )


def describe(dropped: Sequence[str]) -> dict[str, object]:
    """Attributes of a shard that tell what was left out of it."""
    return {"dropped": len(dropped), "dropped_names": json.dumps(sorted(dropped))}


def _check_likeness(path: Path, cover: jpeg.JpegImage, stego: jpeg.JpegImage) -> None:
    same = (cover.height, cover.width, cover.sampling) == (stego.height, stego.width, stego.sampling)
    tables = len(cover.quantization_tables) == len(stego.quantization_tables) and all(
        map(np.array_equal, cover.quantization_tables, stego.quantization_tables)
    )
    if not same or not tables:
        raise DataError(
            f"{path}: expected size, sampling and quantization tables of its cover "
            f"({cover.height}x{cover.width}), got others ({stego.height}x{stego.width}): it is not its stego; fetch it "
            "again"
        )


def _geometry(path: Path, luminance: NDArray[np.uint8], size: int, resize: str) -> NDArray[np.uint8]:
    try:
        if resize == "matlab":
            return images.resize(luminance, size=size, method="matlab")
        if min(luminance.shape) < size:
            raise DataError(f"expected at least {size}x{size} pixels, got {luminance.shape[0]}x{luminance.shape[1]}")
        height, width = luminance.shape
        return _cut(luminance, height, width, size)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _cut(plane: NDArray[Any], height: int, width: int, size: int) -> NDArray[Any]:
    """Cut out the centre of an image of height x width, moved up and left to the 8x8 grid."""
    top, left = (height - size) // 2 // 8 * 8, (width - size) // 2 // 8 * 8
    return plane[top : top + size, left : left + size].copy()
