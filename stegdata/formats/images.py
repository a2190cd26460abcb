"""Read images of the usual formats as 8-bit grey, resize them, write PGM covers."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from stegdata.errors import DataError
from stegdata.files import atomic_write, read_bytes
from stegdata.formats import dicom_header, jpeg_markers

FORMATS = ("PPM", "PNG", "TIFF", "JPEG", "BMP")
METHODS = ("matlab", "crop")
TEXTS = (b"zTXt", b"iTXt", b"tEXt")
MOST_PIXELS = 1 << 30
PNG = b"\x89PNG\r\n\x1a\n"
_SPACE = rb"(?:\s|#[^\r\n]*[\r\n])+"
_PNM_HEADER = re.compile(rb"(P\d)" + _SPACE + rb"(\d{1,9})" + _SPACE + rb"(\d{1,9})" + _SPACE + rb"(\d{1,9})\s")


def read(path: str | os.PathLike[str], frame: int | None = None) -> np.ndarray:
    """Read an image file as 8-bit grey [height, width].

    Colour becomes ITU-R 601 luma (Pillow's `convert("L")`), a palette goes through RGB, an opaque alpha channel is
    dropped. Samples of another depth than 8 bits are refused, except in DICOM, whose own rules lead to 8 bits
    (`stegdata.formats.dicom.read`). Pixels are as stored: no orientation is applied, so that sensor rows stay rows.

    Parameters
    ----------
    path : path
        PGM, PPM, PNG, TIFF, JPEG, BMP or DICOM, recognized by content, DICOM also by the ending `.dcm`; at most 2^30
        pixels.
    frame : int, optional
        Frame of a multi-frame DICOM, from 0; without it such a file is refused.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated, no image, or of another depth, with transparency or several frames.
    """
    return decode(path, read_bytes(path), frame)


def decode(path: str | os.PathLike[str], data: bytes, frame: int | None = None) -> np.ndarray:
    """Decode the content of a file as `read` does; `path` names it in messages."""
    if not data:
        raise DataError(f"{path}: expected an image file, got an empty file: fetch it again or leave it out")
    if dicom_header.is_dicom(data) or Path(path).suffix.lower() == ".dcm":
        from stegdata.formats import dicom

        return dicom.read(path, data, frame)
    if frame is not None:
        raise DataError(f"{path}: expected a DICOM file, as frame={frame} is asked, got another: leave frame out")
    if data[:2] in (b"P5", b"P6"):
        return _parse_pnm(path, data, data[:2])
    try:
        if data.startswith(PNG):  # of whose texts Pillow takes long ones for an attack
            shown = PNG + b"".join(data[start:end] for name, start, end in png_chunks(data) if name not in TEXTS)
        else:
            shown = data
        with _limit(), Image.open(BytesIO(shown), formats=FORMATS) as image:
            _check_raster(path, data, image)
            return _to_grey(path, image)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError(
            f"{path}: expected a PGM, PPM, PNG, TIFF, JPEG, BMP or DICOM image, got {len(data)} bytes that begin with "
            f"{data[:8]!r}: convert it to PNG, or fetch it again if it should be one of these"
        ) from error
    except Exception as error:  # Pillow meets a broken file with exceptions of many classes
        raise DataError(
            f"{path}: expected a whole image, got {len(data)} bytes that begin with {data[:8]!r} "
            f"({type(error).__name__}: {' '.join(str(error).split())[:200]}): "
            "the file is damaged; fetch it again or leave it out"
        ) from error


@contextmanager
def _limit() -> Iterator[None]:
    """Lift Pillow's limit, made for uploads from strangers, which stops scans and mosaics; `_check_raster` has one."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def read_pgm(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a cover, a binary PGM (P5) of maxval 255 and the length its header says: uint8 [height, width]."""
    return _parse_pnm(path, read_bytes(path), b"P5")


def write_pgm(path: str | os.PathLike[str], image: np.ndarray) -> None:
    """Write uint8 [height, width] as binary PGM (P5, maxval 255), whole or not at all."""
    check_grey(image, where=path)
    with atomic_write(path) as temporary:
        temporary.write_bytes(encode_pgm(image))


def encode_pgm(image: np.ndarray) -> bytes:
    """Return the content of a binary PGM (P5, maxval 255) of uint8 [height, width]."""
    height, width = image.shape
    return b"P5\n%d %d\n255\n" % (width, height) + image.tobytes()


def resize(image: np.ndarray, size: int = 256, method: str = "matlab") -> np.ndarray:
    """Bring an image to `size` by `size` pixels.

    `matlab` is Matlab's `imresize(image, [size size])`: bicubic with antialiasing, rounded to uint8 after each pass,
    equal to the bit from 512 to 256 and within one grey level at other ratios. `crop` is the centre, not resampled.

    Parameters
    ----------
    image : numpy.ndarray
        uint8 [height, width], both at least `size`.
    size : int
        Height and width of the result, in pixels.
    method : {"matlab", "crop"}
        Resample, or cut the centre out.

    Returns
    -------
    numpy.ndarray
        uint8 [size, size]; shares no memory with `image`.
    """
    check_grey(image, where="resize")
    if method not in METHODS:
        raise DataError(f"resize: expected method matlab or crop, got {method!r}: choose one of the two")
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        raise DataError(f"resize: expected a size of at least 1 pixel, got {size!r}: give a positive integer")
    height, width = image.shape
    if min(height, width) < size:
        raise DataError(
            f"resize: expected an image of at least {size}×{size} (height × width), got {height}×{width}: "
            "leave it out or choose a smaller size; enlarging would invent pixels"
        )
    if method == "crop":
        top, left = (height - size) // 2, (width - size) // 2
        return image[top : top + size, left : left + size].copy()
    if height == width == size:
        return image.copy()
    # Matlab resamples the dimension of the smaller scale first, rows on ties; Pillow always resamples along x first
    return _bicubic(image.T, size).T.copy() if height >= width else _bicubic(image, size)


def _bicubic(image: np.ndarray, size: int) -> np.ndarray:
    """Shrink to uint8 [size, size], along x first; mirrored borders, which Pillow reads from outside its box."""
    height, width = image.shape
    pad = 2 * -(-max(height, width) // size) + 4  # the cubic kernel reaches two output pixels to each side
    padded = Image.fromarray(np.pad(image, pad, mode="symmetric"))
    box = (pad, pad, pad + width, pad + height)
    return np.array(padded.resize((size, size), Image.Resampling.BICUBIC, box=box))


def locate_pnm(path: str | os.PathLike[str], data: bytes, magic: bytes = b"P5") -> tuple[int, int, int]:
    """Return height, width and offset of the pixels of a binary PGM (b"P5") or PPM (b"P6") of maxval 255.

    Behind the header some programs write LF after CR, or a comment line; behind the pixels, blanks.
    """
    expected = f"{magic.decode()} with maxval 255"
    header = _PNM_HEADER.match(data)
    if header is None or header[1] != magic:
        got = f"{header[1].decode()}" if header else f"{len(data)} bytes that begin with {data[:16]!r}"
        raise DataError(f"{path}: expected a binary PNM, {expected}, got {got}: write it as 8-bit binary PGM")
    width, height, maxval = (int(header[i]) for i in (2, 3, 4))
    if maxval != 255 or width == 0 or height == 0:
        raise DataError(
            f"{path}: expected {expected} and at least one pixel, got maxval {maxval}, {width}×{height} pixels "
            "(width × height): convert it to 8 bits yourself, scaling as you mean it"
        )
    start, length = header.end(), width * height * (1 if magic == b"P5" else 3)
    extra = len(data) - start - length
    if (extra == 1 and data[start - 1 : start + 1] == b"\r\n") or (
        data[start : start + 1] == b"#" and data.find(b"\n", start, start + extra) == start + extra - 1
    ):
        start, extra = start + extra, 0
    if extra < 0 or data[start + length :].strip():
        advice = "the file is truncated; fetch it again" if extra < 0 else "write one image, and nothing behind it"
        raise DataError(
            f"{path}: expected {length} bytes of pixels for {width}×{height} (width × height), got "
            f"{length + extra}: {advice}"
        )
    return height, width, start


def _parse_pnm(path: str | os.PathLike[str], data: bytes, magic: bytes) -> np.ndarray:
    """Return uint8 [height, width] of a PGM, or the luma of a PPM."""
    height, width, start = locate_pnm(path, data, magic)
    if magic == b"P5":
        return np.frombuffer(data, np.uint8, height * width, start).reshape(height, width).copy()
    return np.array(Image.frombytes("RGB", (width, height), data[start : start + 3 * height * width]).convert("L"))


def _check_raster(path: str | os.PathLike[str], data: bytes, image: Image.Image) -> None:
    """Raise DataError unless this opened, not yet decoded image holds one frame of 8-bit grey, colour or palette."""
    if data.startswith(b"\xff\xd8"):
        jpeg_markers.parse(path, data)  # raises if it is truncated, even where Pillow has all it needs
    if (frames := getattr(image, "n_frames", 1)) != 1:
        raise DataError(
            f"{path}: expected one image, got a multi-frame {image.format} of {frames}: save each as a file of its own"
        )
    if image.width * image.height > MOST_PIXELS:
        raise DataError(
            f"{path}: expected at most {MOST_PIXELS} pixels, got {image.width}×{image.height} (width × height): crop it"
        )
    depth = _depth(data, image)
    if depth != "8-bit" or image.mode not in ("L", "LA", "P", "PA", "RGB", "RGBA"):
        raise DataError(
            f"{path}: expected 8-bit grey or RGB, got {image.format} of {depth} samples, mode {image.mode}: "
            "convert it to 8-bit grey yourself, scaling as you mean it"
        )
    if image.format == "PNG" and all(name != b"IEND" for name, _, _ in png_chunks(data)):  # Pillow needs but the pixels
        raise DataError(f"{path}: expected a PNG that ends with IEND, got none: it is truncated; fetch it again")


def _depth(data: bytes, image: Image.Image) -> str:
    """Return the depth of the samples in the file, which Pillow's mode does not always tell: "8-bit" or other words."""
    if image.mode == "1":
        return "1-bit"
    if image.format == "PNG":
        bits, colour_type = data[24], data[25]
        return "8-bit" if colour_type == 3 else f"{bits}-bit"
    if image.format == "TIFF":
        tags: Any = getattr(image, "tag_v2", {})
        widths = set(np.atleast_1d(tags.get(258, 1)).tolist())
        if set(np.atleast_1d(tags.get(339, 1)).tolist()) != {1}:
            return f"{max(widths)}-bit float or signed"
        return "8-bit" if image.mode == "P" or widths == {8} else f"{max(widths)}-bit"
    if image.format == "PPM":
        header = _PNM_HEADER.match(data)
        maxval = header[4].decode() if header else "unknown"
        return "8-bit" if maxval == "255" else f"maxval {maxval}"
    if image.format == "BMP":
        bits = int.from_bytes(data[24:26] if data[14] == 12 else data[28:30], "little")
        return "5-bit" if bits == 16 else "8-bit"
    return "8-bit"


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of the chunks of a PNG, as far as they are whole."""
    position = len(PNG)
    while position + 12 <= len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        yield data[position + 4 : position + 8], position, end
        position = end


def _to_grey(path: str | os.PathLike[str], image: Image.Image) -> np.ndarray:
    """Decode to uint8 [height, width]."""
    if image.format == "TIFF":  # whose orientation Pillow alone applies as it loads
        image.getexif().pop(ExifTags.Base.Orientation, None)
    image.load()
    if image.has_transparency_data:
        lowest = np.asarray(image.convert("RGBA").getchannel("A")).min()
        if lowest < 255:
            raise DataError(
                f"{path}: expected an opaque image, got an alpha channel down to {lowest} of 255: "
                "flatten it on a background of your choice"
            )
    if image.mode in ("P", "PA"):
        image = image.convert("RGB")
    return np.array(image.convert("L"))


def check_grey(image: np.ndarray, where: str | os.PathLike[str]) -> None:
    """Raise DataError unless `image` is uint8 [height, width] with at least one pixel."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 2 or image.size == 0:
        got = f"{image.dtype} {list(image.shape)}" if isinstance(image, np.ndarray) else type(image).__name__
        raise DataError(f"{where}: expected an image uint8 [height, width], got {got}: convert it first")
