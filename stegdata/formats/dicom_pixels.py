"""Decode stored values and palette of a DICOM frame; attributes of PS3.3, C.7.6.3 are honoured or refused."""

import os
from typing import TYPE_CHECKING

import numpy as np

from stegdata.errors import DataError

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

#: Colours of a palette, in the order of their descriptors and data.
COLOURS = ("Red", "Green", "Blue")


def check(path: str | os.PathLike[str], dataset: "Dataset", frame: int | None) -> int:
    """Return the number of the frame to read; DataError if its pixels are missing or of an unsupported form."""
    if "PixelData" not in dataset:
        got = "float pixels" if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset else "none"
        raise DataError(
            f"{path}: expected a DICOM image with PixelData, got {got}: leave it out, or fetch it again if truncated"
        )
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames > 1 and frame is None:
        raise DataError(
            f"{path}: expected one frame, got a multi-frame DICOM of {frames}: "
            "save the frames as single files or ask for one with frame="
        )
    if not 0 <= (frame or 0) < frames:
        raise DataError(f"{path}: expected a frame from 0 to {frames - 1}, got {frame}: ask for one that exists")
    if dataset.BitsAllocated == 1:
        raise DataError(f"{path}: expected 8 to 32 bits a sample, got 1 (a segmentation mask): leave this file out")
    if dataset.SamplesPerPixel != 1 and dataset.BitsAllocated != 8:
        raise DataError(
            f"{path}: expected DICOM colour of 8 bits a sample, got {dataset.BitsAllocated}: convert it to 8 bits first"
        )
    if dataset.get("PixelPresentation") in ("COLOR", "MIXED"):
        raise DataError(f"{path}: expected grey pixels, got some with a supplemental palette: leave this file out")
    return frame or 0


def stored(path: str | os.PathLike[str], dataset: "Dataset", frame: int) -> np.ndarray:
    """Decode one frame to stored values: BitsStored bits, of which the highest is HighBit, with their sign.

    They are integers [height, width], or uint8 [height, width, 3], of which YBR is turned into RGB.
    """
    allocated, bits = int(dataset.BitsAllocated), int(dataset.BitsStored)
    shift = int(dataset.get("HighBit", bits - 1)) - (bits - 1)
    if shift == 0:
        return _decoded(path, dataset, frame)
    # a codec's stream has bits of its own
    if not (0 < shift <= allocated - bits) or dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        raise DataError(
            f"{path}: expected HighBit {bits - 1} of {bits} bits stored in {allocated}, got {dataset.HighBit}: correct "
            "the file, or leave it out"
        )
    signed = dataset.PixelRepresentation == 1
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = allocated, allocated - 1, 0
    try:
        raw = _decoded(path, dataset, frame)
    finally:
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = bits, bits - 1 + shift, int(signed)
    values = (raw.astype(np.int64) >> shift) & ((1 << bits) - 1)
    return _signed(values, bits) if signed else values


def as_stored(dataset: "Dataset", value: int) -> int:
    """Return a value of an element "US or SS" as pixels hold it: some devices write it with the wrong sign."""
    allocated, bits = int(dataset.BitsAllocated), int(dataset.BitsStored)
    if dataset.PixelRepresentation == 1:
        return int(_signed(np.array(value & ((1 << allocated) - 1), np.int64), allocated))
    return value if value >= 0 else value & ((1 << bits) - 1)


def _signed(values: np.ndarray, bits: int) -> np.ndarray:
    """Read values as two's complement of so many bits."""
    return np.where(values >= 1 << (bits - 1), values - (1 << bits), values)


def _decoded(path: str | os.PathLike[str], dataset: "Dataset", frame: int) -> np.ndarray:
    """Decode one frame; a DataError names the plug-ins of pydicom that could do it where none installed can."""
    from pydicom.pixels import get_decoder, pixel_array

    syntax = getattr(dataset, "file_meta", {}).get("TransferSyntaxUID")
    if syntax is None:
        raise DataError(
            f"{path}: expected a TransferSyntaxUID in the DICOM file meta information, got none: "
            "repair the file (dcmtk: dcmconv +F) or leave it out"
        )
    convert = "convert it to Explicit VR Little Endian (dcmtk: dcmdjpeg, gdcm: gdcmconv --raw)"
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise DataError(
            f"{path}: expected a transfer syntax that pydicom decodes, got {syntax.name}: {convert}"
        ) from error
    plugins = "; ".join(decoder.missing_dependencies)
    if not decoder.is_available:
        raise DataError(
            f"{path}: expected a transfer syntax with an installed decoder, got {syntax.name}: "
            f"{convert}, or install one of {plugins}"
        )
    try:
        return pixel_array(dataset, index=frame)
    except RuntimeError as error:
        got = " ".join(str(error).split())[:300]
        raise DataError(
            f"{path}: expected {syntax.name} pixels that an installed decoder accepts, got {got}: the file is broken, "
            f"or needs another plug-in ({plugins or 'there is none'})"
        ) from error


def coloured(path: str | os.PathLike[str], dataset: "Dataset", values: np.ndarray) -> np.ndarray:
    """Look stored values up in the palette (C.7.6.3.1.5 and C.7.6.3.1.6); uint8 [height, width, 3]."""
    if "SegmentedRedPaletteColorLookupTableData" in dataset:
        from pydicom.pixels import apply_color_lut

        colours = apply_color_lut(values, dataset)
        return (colours >> 8).astype(np.uint8) if colours.dtype == np.uint16 else colours
    entries, first, bits = (int(value) for value in dataset.RedPaletteColorLookupTableDescriptor)
    entries = (entries & 0xFFFF) or 1 << 16
    index = np.clip(values.astype(np.int64) - as_stored(dataset, first), 0, entries - 1)
    elements = [dataset[f"{colour}PaletteColorLookupTableData"] for colour in COLOURS]
    little = dataset.file_meta.TransferSyntaxUID.is_little_endian
    return np.stack([_table(path, element, entries, bits, little=little)[index] for element in elements], axis=-1)


def _table(
    path: str | os.PathLike[str], element: "DataElement", entries: int, bits: int, *, little: bool
) -> np.ndarray:
    """Return one colour, uint8 [entries], of one entry per word, or of two per word with the low byte first."""
    data = element.value
    words = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if little or element.VR == "OB" else ">u2")
    if len(data) >= 2 * entries:
        levels = words[:entries]
        return (levels >> 8 if bits > 8 or levels.max() > 255 else levels).astype(np.uint8)
    if len(data) >= entries:
        odd = np.frombuffer(data[len(data) // 2 * 2 :], np.uint8)
        return np.concatenate([words.astype("<u2").view(np.uint8), odd])[:entries]
    raise DataError(
        f"{path}: expected a palette of {entries} entries, got {len(data)} bytes: the file is broken; leave it out"
    )
