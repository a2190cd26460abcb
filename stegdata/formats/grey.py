"""Read and write the files of a spatial embedder: PGM and PNG of 8-bit grey, pixels as they are."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stegdata.errors import DataError
from stegdata.files import atomic_write, read_bytes
from stegdata.formats import images

#: Levels of zlib by the two bits of a stream's header that tell of them.
LEVELS = ((1, 0), (5, 4, 3, 2), (6,), (9, 8, 7))
STRATEGIES = (zlib.Z_FILTERED, zlib.Z_DEFAULT_STRATEGY)
#: First column and row, and steps, of each pass of an interlaced PNG.
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def read(path: Path) -> NDArray[np.uint8]:
    """Read a PGM or PNG of 8-bit grey as uint8 [height, width].

    Nothing is converted: a stego of converted pixels would have another cover than this file.

    Raises
    ------
    DataError
        Any other format, colour, alpha, palette or depth; a damaged file.
    """
    path = Path(path)
    data = read_bytes(path)
    if data[:2] == b"P5":
        return images.read_pgm(path)
    advice = "convert it to an 8-bit grey PNG, and take the result as the cover"
    if not data.startswith(images.PNG):
        raise DataError(f"{path}: expected a binary PGM or a PNG, got bytes that begin with {data[:8]!r}: {advice}")
    pixels = images.decode(path, data)
    with Image.open(BytesIO(data)) as image:
        if image.mode != "L":
            raise DataError(f"{path}: expected grey, got {image.mode}: {advice}")
    return pixels


def write(path: Path, stego: NDArray[np.uint8], cover: Path) -> None:
    """Write a stego like the file of its cover, whole or not at all.

    All bytes around the pixels are those of the cover: header and comments of a PGM, chunks of a PNG. A PNG has the
    cover's filter of each row, interlacing, window and size of IDAT chunks; level, strategy and memory of zlib are
    those that compress the cover to the same bytes, else to the nearest length.

    Parameters
    ----------
    path : Path
        The file to write; its folder exists.
    stego : numpy.ndarray
        uint8 [height, width], the size of the cover.
    cover : Path
        A file that `read` accepts.
    """
    data = read_bytes(cover)
    if data.startswith(images.PNG):
        content = _png(data, stego)
    else:
        _, _, start = images.locate_pnm(cover, data)
        content = data[:start] + stego.tobytes() + data[start + stego.size :]
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)


def _png(data: bytes, stego: NDArray[np.uint8]) -> bytes:
    """Return a PNG whose pixels are others."""
    chunks = [(start, end) for name, start, end in images.png_chunks(data) if name == b"IDAT"]
    packed = b"".join(data[start + 8 : end - 4] for start, end in chunks)
    rows = zlib.decompressobj().decompress(packed)
    stream = _packed_like(packed, rows, b"".join(_filtered_like(rows, stego, interlaced=data[28] == 1)))
    (first, after_first), (_, last) = chunks[0], chunks[-1]
    size = len(stream) if len(chunks) == 1 else after_first - first - 12
    pieces = [b"IDAT" + stream[start : start + size] for start in range(0, len(stream), size)]
    coded = [len(piece[4:]).to_bytes(4, "big") + piece + zlib.crc32(piece).to_bytes(4, "big") for piece in pieces]
    return data[:first] + b"".join(coded) + data[last:]


def _filtered_like(rows: bytes, stego: NDArray[np.uint8], *, interlaced: bool) -> Iterator[bytes]:
    """Yield the rows of each pass, filtered by the types that stand before the cover's rows (PNG, 9.2)."""
    position = 0
    for left, top, across, down in ADAM7 if interlaced else ((0, 0, 1, 1),):
        x = stego[top::down, left::across].astype(np.int16)
        if x.size == 0:
            continue
        height, width = x.shape
        coded = np.frombuffer(rows, np.uint8, height * (width + 1), position).reshape(height, width + 1)
        types, position = coded[:, :1], position + coded.size
        padded = np.pad(x, ((1, 0), (1, 0)))
        a, b, c = padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
        to_a, to_b, to_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
        paeth = np.where((to_a <= to_b) & (to_a <= to_c), a, np.where(to_b <= to_c, b, c))
        predicted = np.choose(types, [np.zeros_like(x), a, b, (a + b) // 2, paeth])
        yield np.hstack([types, (x - predicted).astype(np.uint8)]).tobytes()


def _packed_like(packed: bytes, rows: bytes, new: bytes) -> bytes:
    """Compress new rows with those settings of zlib that compress the cover's rows most alike."""
    distances = {}
    for settings in product(LEVELS[packed[1] >> 6], STRATEGIES, (8, 9)):
        again = _compressed(rows, packed, *settings)
        distances[settings] = abs(len(again) - len(packed)), again != packed
        if again == packed:
            break
    return _compressed(new, packed, *min(distances, key=distances.__getitem__))


def _compressed(content: bytes, like: bytes, level: int, strategy: int, memory: int) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, max(9, (like[0] >> 4) + 8), memory, strategy)
    return compressor.compress(content) + compressor.flush()
