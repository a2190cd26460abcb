"""Ready-made pairs in the layout of ALASKA2: Cover, JMiPOD, JUNIWARD, UERD, one `<ID>.jpg` in each."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stegdata import images, jpeg
from stegdata.errors import DataError
from stegdata.jpeg_folders import opened
from stegdata.pairs import Pair, named, nonzero_ac
from stegdata.remarks import LEFT_OUT, Remark

COVERS = "Cover"
#: Embedder -> folder of its stegos.
FOLDERS = MappingProxyType({"jmipod": "JMiPOD", "juniward": "JUNIWARD", "uerd": "UERD"})

#: (coefficients, quantization table, changed coefficients) -> bits that so many changes are likely to carry.
Estimate = Callable[[NDArray[np.int16], NDArray[np.uint16], int], float]


def covers(path: Path, remarks: list[Remark] | None = None) -> dict[str, str]:
    """List the covers: IDs have gaps, so they are listed, never counted.

    Parameters
    ----------
    path : Path
        Folder with Cover, JMiPOD, JUNIWARD, UERD, or a zip of it.
    remarks : list of Remark, optional
        Gets the IDs that are left out because a stego is missing.

    Returns
    -------
    dict
        ID -> ID, of covers with a stego in every folder: a cover and all its stegos are in one split.

    Raises
    ------
    DataError
        A folder is missing or holds no JPEG; a stego has no cover.
    """
    path = Path(path)
    with opened(path) as files:
        ids = {name: files.ids(name) for name in (COVERS, *FOLDERS.values())}
    for name, found in ids.items():
        if not found:
            raise DataError(
                f"{path / name}: expected JPEG files <ID>.jpg, found none: `path` in config.yaml names the folder, or "
                f"a zip of it, that holds {', '.join(ids)}"
            )
        if orphans := found - ids[COVERS]:
            raise DataError(
                f"{path / name / min(orphans)}.jpg: expected its cover in {path / COVERS}, found none "
                f"({len(orphans)} such): fetch the covers again"
            )
    complete = set.intersection(*ids.values())
    if remarks is not None:
        remarks += [Remark(name, LEFT_OUT, "as a stego is missing") for name in sorted(ids[COVERS] - complete)]
    return {name: name for name in sorted(complete)}


def pairs(
    path: Path,
    embedder: str,
    names: Sequence[str],
    *,
    size: int,
    resize: Literal["matlab", "crop"],
    estimate: Estimate,
    dropped: list[str],
    keep_coefficients: bool = False,
) -> Iterator[Pair]:
    """Read pairs of a cover and its ready-made stego.

    Parameters
    ----------
    path : Path
        Folder with Cover, JMiPOD, JUNIWARD, UERD, or a zip of it, as Kaggle hands it out.
    embedder : {"jmipod", "juniward", "uerd"}
        Whose stegos.
    names : sequence of str
        IDs.
    size : int
        Side of the images, pixels.
    resize : {"matlab", "crop"}
        Of the decompressed luminance: crop cuts the centre, on the 8x8 grid; matlab resamples, as the paper did, which
        wipes most of the embedding out.
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
    with opened(Path(path)) as files:
        for name in names:
            cover_path, stego_path = (Path(path) / folder / f"{name}.jpg" for folder in (COVERS, FOLDERS[embedder]))
            cover, stego = files.read(COVERS, name), files.read(FOLDERS[embedder], name)
            _check_likeness(stego_path, cover, stego)
            cover_pixels = _geometry(cover_path, cover.luminance, size, resize)
            stego_pixels = _geometry(stego_path, stego.luminance, size, resize)
            if np.array_equal(cover_pixels, stego_pixels):
                dropped.append(name)
                continue
            plane, table = cover.coefficients[0], cover.quantization_tables[0]
            changes = int(np.count_nonzero(plane != stego.coefficients[0]))
            kept = None
            if keep_coefficients:
                planes = (image.coefficients[0] for image in (cover, stego))
                kept = tuple(_cut(plane, cover.height, cover.width, size) for plane in planes)
            yield Pair(
                name,
                cover_pixels,
                stego_pixels,
                changes / plane.size,
                named(stego_path, estimate, plane, table, changes),
                nonzero_ac(plane),
                table,
                kept,
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
        return _cut(luminance, *luminance.shape, size)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _cut(plane: NDArray[Any], height: int, width: int, size: int) -> NDArray[Any]:
    """Cut out the centre of an image of height x width, moved up and left to the 8x8 grid."""
    top, left = (height - size) // 2 // 8 * 8, (width - size) // 2 // 8 * 8
    return plane[top : top + size, left : left + size].copy()
