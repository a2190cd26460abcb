"""Quantized DCT coefficients of JPEG files through jpegio, which is shown a file only after its markers were checked.

jpegio has three silent traps: it writes wrong coefficients from files with optimised Huffman tables unless
`optimize_coding` is set, it accepts truncated and CMYK files, and damage to the coded data is a line on stderr. Here
every write is read again and compared, and each of the others is a DataError.
"""

import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from stegdata.errors import DataError
from stegdata.files import atomic_write, read_bytes
from stegdata.formats import images, jpeg_markers

# beginnings of libjpeg's warnings
COMPLAINTS = (
    "Corrupt JPEG data",
    "Premature end of JPEG",
    "Inconsistent progression",
    "Invalid SOS parameters",
    "Warning: unknown JFIF",
    "Unknown Adobe color",
)
_stderr_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class JpegImage:
    """A JPEG file, grey or YCbCr, luminance first; sizes in pixels."""

    #: Where it was read; `write` takes markers and coding from there.
    path: Path
    height: int
    width: int
    #: Vertical and horizontal sampling factor of each component.
    sampling: tuple[tuple[int, int], ...]
    #: For each component int16 [8 × blocks down, 8 × blocks across]: the quantized DCT coefficients of each 8×8 block
    #: where the block lies, DC at its upper left.
    coefficients: tuple[np.ndarray, ...]
    #: For each component uint16 [8, 8], in the order of a block's coefficients.
    quantization_tables: tuple[np.ndarray, ...]
    #: uint8 [height, width] as libjpeg decodes it (accurate integer inverse DCT).
    luminance: np.ndarray


def read(path: str | os.PathLike[str]) -> JpegImage:
    """Read coefficients, quantization tables and luminance of a JPEG file.

    It may have baseline, extended or progressive Huffman coding, 8 bits, grey or YCbCr of any usual subsampling.

    Raises
    ------
    DataError
        The file is missing, empty, no JPEG, truncated, damaged, arithmetic-coded, lossless, 12-bit, CMYK or RGB.
    """
    path = Path(path)
    data, frame, source = _load(path)
    return JpegImage(
        path=path,
        height=frame.height,
        width=frame.width,
        sampling=frame.sampling,
        coefficients=tuple(plane.astype(np.int16) for plane in source.coef_arrays),
        quantization_tables=_quantization_tables(path, frame, source.quant_tables),
        luminance=_decode_luminance(path, data),
    )


def write(
    path: str | os.PathLike[str],
    source: str | os.PathLike[str] | JpegImage,
    coefficients: Sequence[np.ndarray],
) -> None:
    """Write a JPEG that differs from `source` in its coefficients, whole or not at all.

    Size, sampling, quantization tables, EXIF and all other application and comment segments, restart interval and
    progressive mode are kept; Huffman tables are optimized; bytes behind the end marker are dropped. The new file is
    read again and compared before it gets its name.

    Parameters
    ----------
    path : path
        The file to write; its folder exists. It may be the source itself.
    source : path or JpegImage
        The JPEG that the coefficients belong to; its file must still be there.
    coefficients : sequence of numpy.ndarray
        One integer plane for each component, of the shapes that `read` gives.
    """
    source_path = Path(source.path if isinstance(source, JpegImage) else source)
    _, frame, jpeg = _load(source_path)
    _check_coefficients(path, jpeg.coef_arrays, coefficients)
    for plane, values in zip(jpeg.coef_arrays, coefficients, strict=True):
        plane[:] = values
    expected = _content(source_path, frame, jpeg)
    jpeg.optimize_coding = 1  # else wrong coefficients from sources with optimised tables, without an exception
    with atomic_write(path, flush=False) as temporary:
        try:
            jpeg.write(str(temporary))
        except (RuntimeError, ValueError) as error:
            if not temporary.is_file():
                temporary.touch()  # raises the OSError that jpegio does not tell
            raise DataError(
                f"{path}: expected coefficients and a disk that take a JPEG, got {_text(error)}: "
                "keep AC within ±1023 and DC within -1024..1023, and check the space on the disk"
            ) from error
        _, written_frame, written = _load(temporary)
        if _content(temporary, written_frame, written) != expected:
            raise DataError(
                f"{path}: expected the file to hold the coefficients, tables and segments given, got others when read "
                f"again: nothing was written; please report this with {source_path}"
            )


def encode(path: str | os.PathLike[str], image: np.ndarray, quality: int) -> None:
    """Write uint8 [height, width], each at most 65,500, as a baseline JPEG, whole or not at all.

    It has libjpeg's standard tables for a quality factor of 1..100.
    """
    images.check_grey(image, where=path)
    if max(image.shape) > 65500:
        raise DataError(f"{path}: expected at most 65500 pixels a side, got {list(image.shape)}: crop it first")
    if isinstance(quality, bool) or not isinstance(quality, int | np.integer) or not 1 <= quality <= 100:
        raise DataError(f"{path}: expected a quality from 1 to 100, got {quality!r}: 75, 90 and 95 are usual")
    with atomic_write(path, flush=False) as temporary:
        Image.fromarray(image).save(temporary, "JPEG", quality=int(quality), optimize=False, progressive=False)
        _, frame, _ = _load(temporary)
        if (frame.height, frame.width) != image.shape:
            raise DataError(f"{path}: expected {list(image.shape)}, got {frame} when read again: report this")


def nonzero_ac(coefficients: np.ndarray) -> int:
    """Count the AC coefficients that are not zero, of an integer plane with its 8×8 blocks in place."""
    return int(np.count_nonzero(coefficients) - np.count_nonzero(coefficients[::8, ::8]))


def _content(path: Path, frame: jpeg_markers.Frame, jpeg: Any) -> tuple[object, ...]:  # noqa: ANN401 of jpegio
    """Return size, sampling, coefficients, tables, and application and comment segments, to be compared."""
    segments = [(marker["type"], marker["data"]) for marker in jpeg.markers]
    planes = (*jpeg.coef_arrays, *_quantization_tables(path, frame, jpeg.quant_tables))
    return frame.height, frame.width, frame.sampling, [plane.tobytes() for plane in planes], segments


def _load(path: Path) -> tuple[bytes, jpeg_markers.Frame, Any]:
    """Check a file's markers, then read it with jpegio; return content, frame and jpegio's object."""
    import jpegio

    data = read_bytes(path)
    frame = jpeg_markers.parse(path, data)
    jpeg_markers.check(path, frame)
    jpeg, complaint = _with_stderr(lambda: jpegio.read(str(path)))
    if complaint:
        raise DataError(
            f"{path}: expected an undamaged JPEG, got a complaint of libjpeg ({complaint}): "
            "fetch the file again or leave it out"
        )
    if len(frame.sampling) == 3 and jpeg.jpeg_color_space != 3:  # YCbCr in libjpeg's J_COLOR_SPACE
        raise DataError(f"{path}: expected grey or YCbCr, got an RGB JPEG: it has no luminance component; leave it out")
    return data, frame, jpeg


def _with_stderr(call: Callable[[], Any]) -> tuple[Any, str]:
    """Call jpegio; return its result, and on one line what libjpeg printed or raised, empty if nothing.

    libjpeg says that coded data is damaged on file descriptor 2 only. Not to be used while another thread starts
    processes, which would inherit the descriptor. In a process without stderr, 2 may be any file: damage is not told.
    """
    result, complaint = None, ""
    with _stderr_lock, tempfile.TemporaryFile() as caught:
        saved = os.dup(2) if sys.__stderr__ is not None else None
        try:
            if saved is not None:
                os.dup2(caught.fileno(), 2)
            result = call()
        except (RuntimeError, MemoryError, ValueError, OSError) as error:
            complaint = _text(error)
        finally:
            if saved is not None:
                os.dup2(saved, 2)
                os.close(saved)
        caught.seek(0)
        lines = caught.read().decode(errors="replace").splitlines()
    foreign = [line for line in lines if not line.startswith(COMPLAINTS)]
    if foreign:  # of another thread
        os.write(2, "\n".join([*foreign, ""]).encode())
    return result, complaint or "; ".join(line for line in lines if line not in foreign)


def _quantization_tables(path: Path, frame: jpeg_markers.Frame, listed: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Return the table of each component: jpegio lists those of the file by slot, without telling the slots."""
    if len(frame.table_slots) != len(listed) or not set(frame.tables) <= set(frame.table_slots):
        raise DataError(
            f"{path}: expected quantization tables {list(frame.tables)} in the file, got {list(frame.table_slots)}: "
            "the file is damaged; fetch it again or leave it out"
        )
    return tuple(listed[frame.table_slots.index(slot)].astype(np.uint16) for slot in frame.tables)


def _decode_luminance(path: Path, data: bytes) -> np.ndarray:
    """Decode the first component only: uint8 [height, width]."""
    try:
        # warnings are of broken EXIF, which does not matter here
        with warnings.catch_warnings(action="ignore"), JpegImageFile(BytesIO(data)) as image:
            image.draft("L", None)
            image.load()
            return np.array(image)
    except Exception as error:  # Pillow meets a broken file with exceptions of many classes
        raise DataError(
            f"{path}: expected an undamaged JPEG, got {_text(error)}: fetch the file again or leave it out"
        ) from error


def _check_coefficients(path: str | os.PathLike[str], old: Sequence[np.ndarray], new: Sequence[np.ndarray]) -> None:
    """Raise DataError unless `new` holds an integer plane within int16 for each of those the source has."""
    expected = [plane.shape for plane in old]
    got = [getattr(plane, "shape", type(plane).__name__) for plane in new]
    if got != expected:
        raise DataError(f"{path}: expected coefficient planes of shapes {expected}, got {got}: pass one per component")
    for plane in new:
        if plane.dtype.kind not in "iu" or plane.min() < -32768 or plane.max() > 32767:
            raise DataError(
                f"{path}: expected integer coefficients within int16, got {plane.dtype} {plane.min()}..{plane.max()}: "
                "round them, keep AC within ±1023 and DC within -1024..1023"
            )


def _text(error: Exception) -> str:
    """Return an error's text without line breaks and without jpegio's prefix."""
    return " ".join(str(error).replace("[JSTRUCT]", "").split())[:200] or type(error).__name__
