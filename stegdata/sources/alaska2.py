"""Precomputed pairs in the layout of ALASKA2: Cover, JMiPOD, JUNIWARD, UERD, one `<ID>.jpg` in each."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import embedders
from stegdata import folders
from stegdata.errors import DataError, named, with_others
from stegdata.exclusions import LEFT_OUT, Exclusion, passed_over
from stegdata.formats import images, jpeg
from stegdata.pairs import Pair
from stegdata.sources import KINDS, Listing

COVERS = "Cover"
STEGOS = KINDS["alaska2"].stego_folders
ENDING = ".jpg"
#: Label of JPEGs in other folders.
ELSEWHERE = f"*{ENDING} of other folders"


class Alaska2:
    """A folder with Cover, JMiPOD, JUNIWARD and UERD, or a folder of nothing but this folder."""

    def __init__(self, path: Path, passed_over: Counter[str]) -> None:
        """Set the folder; `passed_over` counts the other members of the archive that it was unpacked from."""
        self._path, self._passed_over = path, passed_over
        while not (self._path / COVERS).is_dir():
            inside = [folder for folder in self._path.iterdir() if folder.is_dir()]
            if len(inside) != 1 or folders.is_system(inside[0].name):
                break
            self._path = inside[0]

    def listing(self) -> Listing:
        """List the covers with a stego in every folder, each a group of its own; IDs have gaps."""
        ids: dict[str, set[str]] = {name: set() for name in (COVERS, *STEGOS.values())}
        others = self._passed_over.copy()
        for name, file in folders.files(self._path, _is_jpeg, others):
            if not _is_jpeg(name):
                others[folders.ending(name)] += 1
            elif file.parent.parent == self._path and file.parent.name in ids:
                ids[file.parent.name].add(file.stem)
            else:
                others[ELSEWHERE] += 1
        if empty := [str(self._path / name) for name, present in ids.items() if not present]:
            message = (
                f"{empty[0]}: expected JPEG files <ID>.jpg, found none: `path` in config.yaml names the folder, or an "
                f"archive of it, that holds {', '.join(ids)}"
            )
            raise DataError(with_others(message, empty[1:]))
        if orphans := [self._file(name, id_) for name, present in ids.items() for id_ in sorted(present - ids[COVERS])]:
            covers = self._path / COVERS
            message = f"{orphans[0]}: expected its cover in {covers}, found none: fetch the covers again"
            raise DataError(with_others(message, list(map(str, orphans[1:]))))
        complete = set.intersection(*ids.values())
        exclusions = [Exclusion(name, LEFT_OUT, "as a stego is missing") for name in sorted(ids[COVERS] - complete)]
        return Listing({name: name for name in sorted(complete)}, [*exclusions, *passed_over(others)])

    def read(self, names: Sequence[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Yield the luminance of the named covers; at the end DataError of those that cannot be read."""
        faults = folders.Faults()
        for name in names:
            with faults.of(file := self._file(COVERS, name)):
                yield name, jpeg.read(file).luminance
        faults.check()

    def pairs(
        self,
        embedder: str,
        names: Sequence[str],
        *,
        size: int,
        resize: Literal["matlab", "crop"],
        dropped: list[str],
        keep_coefficients: bool = False,
    ) -> Iterator[Pair]:
        """Read pairs of the named covers and their precomputed stegos; at the end DataError of all that are bad.

        Parameters
        ----------
        embedder : {"jmipod", "juniward", "uerd"}
            Embedder of the stegos.
        size : int
            Side of the images, pixels; with `keep_coefficients` a multiple of 8.
        resize : {"matlab", "crop"}
            Of the decompressed luminance: crop cuts the centre, on the 8x8 grid; matlab resamples, as the paper did,
            which destroys most changes.
        dropped : list of str
            Collects the IDs of pairs without a pixel that differs: the stego equals its cover, or was changed in chroma
            only or outside the crop.
        keep_coefficients : bool
            Keep the coefficients of the crop.
        """
        faults = folders.Faults()
        for name in names:
            with faults.of(self._file(STEGOS[embedder], name)):
                pair = self._pair(embedder, name, size, resize, keep_coefficients=keep_coefficients)
                if pair is None:
                    dropped.append(name)
                else:
                    yield pair
        faults.check()

    def _pair(self, embedder: str, name: str, size: int, resize: str, *, keep_coefficients: bool) -> Pair | None:
        files = [self._file(folder, name) for folder in (COVERS, STEGOS[embedder])]
        cover, stego = map(jpeg.read, files)
        _check_likeness(files[1], cover, stego)
        cover_pixels = _geometry(files[0], cover.luminance, size, resize)
        stego_pixels = _geometry(files[1], stego.luminance, size, resize)
        if np.array_equal(cover_pixels, stego_pixels):
            return None
        plane, table = cover.coefficients[0], cover.quantization_tables[0]
        changed = stego.coefficients[0] - plane
        changes = int(np.count_nonzero(changed))
        bits = named(files[1], partial(embedders.estimate_bits, changes=changes), embedder, plane, table)
        planes = (plane, stego.coefficients[0], changed) if keep_coefficients else ()
        kept = [_cut(plane, cover.height, cover.width, size) for plane in planes]
        return Pair(
            name,
            cover_pixels,
            stego_pixels,
            changes / plane.size,
            bits,
            jpeg.nonzero_ac(plane),
            table,
            kept[2].astype(np.int8) if kept else None,
            (kept[0], kept[1]) if kept else None,
        )

    def _file(self, folder: str, name: str) -> Path:
        return self._path / folder / f"{name}{ENDING}"


def _is_jpeg(name: str) -> bool:
    return Path(name).suffix == ENDING


def describe(dropped: Sequence[str]) -> dict[str, object]:
    """Return the attributes of a shard that name the pairs left out of it."""
    return {"dropped": len(dropped), "dropped_names": json.dumps(sorted(dropped))}


def _check_likeness(path: Path, cover: jpeg.JpegImage, stego: jpeg.JpegImage) -> None:
    same = (cover.height, cover.width, cover.sampling) == (stego.height, stego.width, stego.sampling)
    if not same or not np.array_equal(cover.quantization_tables, stego.quantization_tables):
        raise DataError(
            f"{path}: expected size, sampling and quantization tables of its cover ({cover.height}x{cover.width}), got "
            f"others ({stego.height}x{stego.width}): it is not its stego; fetch it again"
        )


def _geometry(path: Path, luminance: NDArray[np.uint8], size: int, resize: str) -> NDArray[np.uint8]:
    height, width = luminance.shape
    if resize == "matlab":
        return named(path, partial(images.resize, size=size, method="matlab"), luminance)
    if min(height, width) < size:
        raise DataError(f"{path}: expected at least {size}x{size} pixels, got {height}x{width}")
    return _cut(luminance, height, width, size)


def _cut(plane: NDArray[Any], height: int, width: int, size: int) -> NDArray[Any]:
    """Cut out the centre of an image of height x width, moved up and left to the 8x8 grid."""
    top, left = (height - size) // 2 // 8 * 8, (width - size) // 2 // 8 * 8
    return plane[top : top + size, left : left + size].copy()
