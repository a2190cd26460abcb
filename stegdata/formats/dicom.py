"""DICOM to 8-bit grey, as a viewer would show it; `stegdata.images.read` is the way in."""

import os
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from stegdata.errors import DataError
from stegdata.formats.dicom_header import quiet

if TYPE_CHECKING:
    from pydicom import Dataset

PERCENTILES = (0.5, 99.5)


def read(path: str | os.PathLike[str], data: bytes, frame: int | None = None) -> np.ndarray:
    """Read one frame of a DICOM file as 8-bit grey.

    Grey: modality LUT or rescale, then the first VOI window (else the VOI LUT, else the 0.5 to 99.5 percentile of the
    pixels that are not padding) to 0..255; MONOCHROME1 is inverted. Samples of 8 bits with neither modality nor VOI
    stay as they are. Colour (8 bits; a palette of 16 bits keeps its upper 8): ITU-R 601 luma. Overlays are not drawn.

    Parameters
    ----------
    path : path
        Names the file in messages.
    data : bytes
        The whole file.
    frame : int, optional
        Frame of a multi-frame file, from 0.

    Returns
    -------
    numpy.ndarray
        uint8 [height, width].

    Raises
    ------
    DataError
        If there are no pixels, more than one frame and none asked, no decoder for the compression, or a broken file.
        No message holds a value of the file that tells its patient.
    """
    return next(frames(path, data, [frame]))


def frames(path: str | os.PathLike[str], data: bytes, numbers: Iterable[int | None]) -> Iterator[np.ndarray]:
    """Read some frames, as `read` does, of a file that is parsed once."""
    import pydicom

    with quiet(path, None):
        dataset = pydicom.dcmread(BytesIO(data), force=True)
    for number in numbers:
        with quiet(path, dataset):
            image = _grey(path, dataset, _check(path, dataset, number))
        yield image


def _check(path: str | os.PathLike[str], dataset: "Dataset", frame: int | None) -> int:
    """Return the frame to read; raise DataError if the pixels cannot be had or are of a kind that is refused."""
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
    return frame or 0


def _decode(path: str | os.PathLike[str], dataset: "Dataset", frame: int) -> np.ndarray:
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
        raise DataError(
            f"{path}: expected {syntax.name} pixels that an installed decoder accepts, got {_one_line(error)}: "
            f"the file is broken, or needs another plug-in ({plugins or 'there is none'})"
        ) from error


def _grey(path: str | os.PathLike[str], dataset: "Dataset", frame: int) -> np.ndarray:
    """Decode one frame and turn it into uint8 [height, width]."""
    from pydicom.pixels import apply_color_lut

    pixels = _decode(path, dataset, frame)
    kind = str(dataset.PhotometricInterpretation)
    if kind == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, dataset)
        if pixels.dtype == np.uint16:
            pixels = (pixels >> 8).astype(np.uint8)
        return _luma(pixels)
    if kind in ("MONOCHROME1", "MONOCHROME2") and pixels.ndim == 2:
        grey = _to_8_bits(path, dataset, frame, pixels)
        return 255 - grey if kind == "MONOCHROME1" else grey
    if (kind == "RGB" or kind.startswith("YBR_")) and pixels.ndim == 3 and pixels.dtype == np.uint8:
        return _luma(pixels)
    raise DataError(
        f"{path}: expected MONOCHROME1, MONOCHROME2, RGB, YBR or PALETTE COLOR, got {kind} with pixels "
        f"{list(pixels.shape)} {pixels.dtype}: convert it to grey first"
    )


def _luma(colour: np.ndarray) -> np.ndarray:
    """ITU-R 601 luma of uint8 [height, width, 3]."""
    from PIL import Image

    return np.array(Image.fromarray(np.ascontiguousarray(colour[:, :, :3])).convert("L"))


def _to_8_bits(path: str | os.PathLike[str], dataset: "Dataset", frame: int, stored: np.ndarray) -> np.ndarray:
    """Modality LUT, then VOI window, VOI LUT or percentiles, of stored values [height, width]; uint8."""
    from pydicom.pixels import apply_modality_lut, apply_voi

    modality = _functional_group(dataset, frame, "PixelValueTransformationSequence")
    voi = _functional_group(dataset, frame, "FrameVOILUTSequence")
    values = apply_modality_lut(stored, modality)
    if voi.get("WindowCenter") is not None and voi.get("WindowWidth") is not None:
        return _round(_window(path, voi, values.astype(np.float64)))
    if voi.get("VOILUTSequence"):
        levels = 2 ** int(voi.VOILUTSequence[0].LUTDescriptor[2]) - 1
        return _round(apply_voi(values, voi, index=0) * 255.0 / levels)
    if dataset.BitsStored == 8 and stored.dtype.kind == "u" and np.array_equal(values, stored):
        return stored.astype(np.uint8)
    low, high = np.percentile(values[~_padding(dataset, stored)], PERCENTILES)
    if not high > low:
        raise DataError(
            f"{path}: expected a VOI window or pixels that differ, got no window and percentiles {PERCENTILES} both "
            f"{low:g}: add a window (WindowCenter, WindowWidth) or leave this file out"
        )
    return _round((values - low) * 255 / (high - low))


def _functional_group(dataset: "Dataset", frame: int, name: str) -> "Dataset":
    """Return the item of an enhanced multi-frame object that holds `name` for this frame; else the dataset itself."""
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    groups = list(per_frame[frame : frame + 1]) + list(dataset.get("SharedFunctionalGroupsSequence") or [])
    return next((group[name].value[0] for group in groups if group.get(name)), dataset)


def _window(path: str | os.PathLike[str], voi: "Dataset", values: np.ndarray) -> np.ndarray:
    """Map values through the first VOI window to 0..255, not yet rounded (DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3)."""
    center, width = (float(np.atleast_1d(voi[name].value)[0]) for name in ("WindowCenter", "WindowWidth"))
    function = str(voi.get("VOILUTFunction") or "LINEAR")
    if not (width >= 1 if function == "LINEAR" else width > 0):
        raise DataError(f"{path}: expected a WindowWidth of at least 1, got {width:g}: correct the window in the file")
    if function == "LINEAR":
        if width == 1:
            return np.where(values <= center - 0.5, 0.0, 255.0)
        return (values - (center - 0.5)) * 255 / (width - 1) + 127.5
    if function == "LINEAR_EXACT":
        return (values - center) * 255 / width + 127.5
    if function == "SIGMOID":
        return 255 / (1 + np.exp(-4 * (values - center) / width))
    raise DataError(
        f"{path}: expected VOILUTFunction LINEAR, LINEAR_EXACT or SIGMOID, got {function}: correct the file"
    )


def _padding(dataset: "Dataset", stored: np.ndarray) -> np.ndarray:
    """Return where stored values are PixelPaddingValue (or up to PixelPaddingRangeLimit); bool [height, width]."""
    first = dataset.get("PixelPaddingValue")
    if first is None:
        return np.zeros(stored.shape, bool)
    last = dataset.get("PixelPaddingRangeLimit", first)
    mask = (stored >= min(first, last)) & (stored <= max(first, last))
    return mask if not mask.all() else ~mask


def _round(values: np.ndarray) -> np.ndarray:
    """Round half up and clip to uint8."""
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)


def _one_line(error: Exception) -> str:
    """Return an error's text without line breaks."""
    return " ".join(str(error).split())[:300]
