"""Convert DICOM to 8-bit grey, as a viewer would show it; called by `stegdata.formats.images.read`."""

import os
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from stegdata.errors import DataError
from stegdata.formats import dicom_pixels
from stegdata.formats.dicom_header import quiet

if TYPE_CHECKING:
    from pydicom import Dataset

PERCENTILES = (0.5, 99.5)


def read(path: str | os.PathLike[str], data: bytes, frame: int | None = None) -> np.ndarray:
    """Read one frame of a DICOM file, counted from 0, as 8-bit grey [height, width]; `path` is for messages.

    Grey: modality LUT or rescale, then the first VOI window (else the VOI LUT, else the 0.5 to 99.5 percentile of the
    pixels that are not padding) to 0..255; MONOCHROME1 is inverted. Samples of 8 bits with neither modality nor VOI
    stay as they are. Colour (8 bits; a palette of 16 bits keeps its upper 8): ITU-R 601 luma. Overlays are not drawn,
    neither separate ones nor those in unused bits of the pixels.

    Raises
    ------
    DataError
        No pixels, several frames and no `frame`, no decoder for the compression, attributes that contradict each other,
        a constant picture, a broken file. No message holds a value that identifies the patient.
    """
    return next(frames(path, data, [frame]))


def frames(path: str | os.PathLike[str], data: bytes, numbers: Iterable[int | None]) -> Iterator[np.ndarray]:
    """Read some frames, as `read` does, of a file that is parsed once."""
    import pydicom

    with quiet(path, None):
        dataset = pydicom.dcmread(BytesIO(data), force=True)
    for number in numbers:
        with quiet(path, dataset):
            image = _grey(path, dataset, dicom_pixels.check(path, dataset, number))
        if image.min() == image.max():
            raise DataError(
                f"{path}: expected a picture, got {image.size} pixels that all come out as {image.max()}: correct its "
                "window, palette or rescale, or leave this file out"
            )
        yield image


def _grey(path: str | os.PathLike[str], dataset: "Dataset", frame: int) -> np.ndarray:
    """Decode one frame and turn it into uint8 [height, width]."""
    pixels = dicom_pixels.stored(path, dataset, frame)
    photometric = str(dataset.PhotometricInterpretation)
    if photometric == "PALETTE COLOR":
        return _luma(dicom_pixels.coloured(path, dataset, pixels))
    if photometric in ("MONOCHROME1", "MONOCHROME2") and pixels.ndim == 2:
        # PS3.3, C.11.6; MONOCHROME1 with IDENTITY contradicts too, but is common
        contradiction = photometric == "MONOCHROME2" and dataset.get("PresentationLUTShape") == "INVERSE"
        if dataset.get("PresentationLUTSequence") or contradiction:
            raise DataError(
                f"{path}: expected {photometric} with the presentation LUT shape that belongs to it, got another LUT: "
                "correct the file, or leave it out"
            )
        grey = _to_8_bits(path, dataset, frame, pixels)
        return 255 - grey if photometric == "MONOCHROME1" else grey
    if (photometric == "RGB" or photometric.startswith("YBR_")) and pixels.ndim == 3 and pixels.dtype == np.uint8:
        return _luma(pixels)
    raise DataError(
        f"{path}: expected MONOCHROME1, MONOCHROME2, RGB, YBR or PALETTE COLOR, got {photometric} with pixels "
        f"{list(pixels.shape)} {pixels.dtype}: convert it to grey first"
    )


def _luma(colour: np.ndarray) -> np.ndarray:
    """ITU-R 601 luma of uint8 [height, width, 3]."""
    from PIL import Image

    return np.array(Image.fromarray(np.ascontiguousarray(colour[:, :, :3])).convert("L"))


def _to_8_bits(path: str | os.PathLike[str], dataset: "Dataset", frame: int, stored: np.ndarray) -> np.ndarray:
    """Modality LUT, then VOI window, VOI LUT or percentiles, of stored values [height, width]; uint8."""
    from pydicom.pixels import apply_voi

    modality = _functional_group(dataset, frame, "PixelValueTransformationSequence")
    voi = _functional_group(dataset, frame, "FrameVOILUTSequence")
    values = _rescaled(path, modality, stored)
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


def _rescaled(path: str | os.PathLike[str], modality: "Dataset", stored: np.ndarray) -> np.ndarray:
    """Modality LUT, or rescale slope and intercept; an empty slope is 1, an empty intercept 0 (C.11.1)."""
    from pydicom.pixels import apply_modality_lut

    if modality.get("ModalityLUTSequence"):
        return apply_modality_lut(stored, modality)
    slope, intercept = (modality.get(name) for name in ("RescaleSlope", "RescaleIntercept"))
    if slope is None and intercept is None:
        return stored
    slope, intercept = 1.0 if slope is None else float(slope), float(intercept or 0)
    if slope == 0:
        raise DataError(f"{path}: expected a RescaleSlope other than 0, got 0: correct the file, or leave it out")
    return stored * slope + intercept


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
    ends = first, dataset.get("PixelPaddingRangeLimit", first)
    first, last = (dicom_pixels.as_stored(dataset, int(value)) for value in ends)
    mask = (stored >= min(first, last)) & (stored <= max(first, last))
    return mask if not mask.all() else ~mask


def _round(values: np.ndarray) -> np.ndarray:
    """Round half up and clip to uint8."""
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)
