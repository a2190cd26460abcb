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
    """A JPEG file, grey or YCbCr.

    Attributes
    ----------
    path : pathlib.Path
        Where it was read; `write` takes markers and coding from there.
    height, width : int
        Of the image in pixels.
    sampling : tuple of (int, int)
        Vertical and horizontal sampling factor of each component.
    coefficients : tuple of numpy.ndarray
        For each component (luminance first) int16 [8 × blocks down, 8 × blocks across]: the quantized DCT
        coefficients of each 8×8 block where the block lies, DC at its upper left.
    quantization_tables : tuple of numpy.ndarray
        For each component uint16 [8, 8], in the order of a block's coefficients.
    luminance : numpy.ndarray
        uint8 [height, width] as libjpeg decodes it (accurate integer inverse DCT).
    """

    path: Path
    height: int
    width: int
    sampling: tuple[tuple[int, int], ...]
    coefficients: tuple[np.ndarray, ...]
    quantization_tables: tuple[np.ndarray, ...]
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

    Raises
    ------
    DataError
        The source cannot be read, the planes do not fit it or hold values that JPEG cannot code, the file cannot be
        written or reads differently.
    """
    source_path = Path(source.path if isinstance(source, JpegImage) else source)
    _, frame, jpeg = _load(source_path)
    _check_coefficients(path, jpeg.coef_arrays, coefficients)
    tables = _quantization_tables(source_path, frame, jpeg.quant_tables)
    segments = _segments(jpeg)
    for plane, values in zip(jpeg.coef_arrays, coefficients, strict=True):
        plane[:] = values
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
        same = (
            (written_frame.height, written_frame.width) == (frame.height, frame.width)
            and written_frame.sampling == frame.sampling
            and all(map(np.array_equal, written.coef_arrays, coefficients))
            and all(map(np.array_equal, _quantization_tables(temporary, written_frame, written.quant_tables), tables))
            and _segments(written) == segments
        )
        if not same:
            raise DataError(
                f"{path}: expected the file to hold the coefficients, tables and segments given, got others when read "
                f"again: nothing was written; please report this with {source_path}"
            )


def encode(path: str | os.PathLike[str], image: np.ndarray, quality: int) -> None:
    """Write grey pixels as a baseline JPEG with libjpeg's standard tables, whole or not at all.

    Parameters
    ----------
    path : path
        The file; its folder exists.
    image : numpy.ndarray
        uint8 [height, width], each side at most 65,500.
    quality : int
        libjpeg quality factor, 1..100.

    Raises
    ------
    DataError
        Another image or quality, a file that cannot be written.
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


def _segments(jpeg: Any) -> list[tuple[int, bytes]]:  # noqa: ANN401 jpegio has no types
    return [(marker["type"], marker["data"]) for marker in jpeg.markers]


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
    processes, which would inherit the descriptor.
    """
    result, complaint = None, ""
    with _stderr_lock, tempfile.TemporaryFile() as caught:
        restore = _redirect_stderr(caught.fileno())
        try:
            result = call()
        except (RuntimeError, MemoryError, ValueError, OSError) as error:
            complaint = _text(error)
        finally:
            restore()
        caught.seek(0)
        lines = caught.read().decode(errors="replace").splitlines()
    foreign = [line for line in lines if not line.startswith(COMPLAINTS)]
    if foreign:  # of another thread
        os.write(2, "\n".join([*foreign, ""]).encode())
    return result, complaint or "; ".join(line for line in lines if line not in foreign)


def _redirect_stderr(descriptor: int) -> Callable[[], None]:
    """Point file descriptor 2 at another one; return the function that undoes it."""
    if sys.__stderr__ is None:  # the process was started without: 2 may be any file, and damage is not told
        return lambda: None
    saved = os.dup(2)
    os.dup2(descriptor, 2)

    def restore() -> None:
        os.dup2(saved, 2)
        os.close(saved)

    return restore


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
    for index, plane in enumerate(new):
        if plane.dtype.kind not in "iu":
            raise DataError(
                f"{path}: expected integer coefficients, got {plane.dtype} in component {index}: round them"
            )
        if plane.min() < -32768 or plane.max() > 32767:
            raise DataError(
                f"{path}: expected coefficients within int16, got {plane.min()}..{plane.max()} in component {index}: "
                "keep AC within ±1023 and DC within -1024..1023"
            )


def _text(error: Exception) -> str:
    """Return an error's text without line breaks and without jpegio's prefix."""
    return " ".join(str(error).replace("[JSTRUCT]", "").split())[:200] or type(error).__name__
