"""Marker segments of a JPEG file (ITU-T T.81, annex B), checked before a decoder sees the file."""

import os
import re
from dataclasses import dataclass, replace

from stegdata.errors import DataError, named

MAX_PIXELS = 100_000_000  # a decoder takes 18 bytes a pixel of 4:4:4
#: All frame headers; between them are Huffman tables, an extension, and arithmetic conditioning.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_ADVICE = "re-encode it as baseline JPEG, grey or YCbCr, or leave it out"


@dataclass(frozen=True)
class Frame:
    """Content of the markers of an image; `marker` is the second byte of the frame marker, sizes are in pixels."""

    marker: int
    bits: int
    height: int
    width: int
    #: Vertical and horizontal sampling factor of each component.
    sampling: tuple[tuple[int, int], ...]
    #: Slot of each component's quantization table; slots that the file fills, ascending.
    tables: tuple[int, ...]
    table_slots: tuple[int, ...] = ()
    #: Length of the entropy-coded data of all scans.
    coded_bytes: int = 0


def parse(path: str | os.PathLike[str], data: bytes) -> Frame:
    """Walk the marker segments of a whole file from SOI to EOI, and return its one frame; `path` is for messages.

    Raises
    ------
    DataError
        The file is no JPEG, is truncated before its end marker, holds another picture behind it, or its segments are
        damaged.
    """
    return named(os.fspath(path), _parse, data)


def _parse(data: bytes) -> Frame:
    if data[:3] != b"\xff\xd8\xff":
        raise ValueError(f"expected a JPEG file (FF D8 FF), got {data[:8]!r}: give a JPEG")
    frame: Frame | None = None
    components, slots, coded_bytes, position = b"", set(), 0, 2
    coded: dict[int, set[int]] = {}
    while True:
        position, marker = _next_marker(data, position)
        if marker == 0xD9:
            break
        body = _segment(data, position)
        position += 2 + len(body)
        if marker in FRAMES:
            if frame is not None or coded_bytes:
                raise _damaged("one frame header before the scans", "another", position)
            frame, components = _frame_header(marker, body), body[6::3]
        elif marker == 0xDB:
            if coded_bytes:
                raise _damaged("all quantization tables before the first scan", "one after it", position)
            slots |= _table_slots(body)
        elif marker == 0xDA:
            for component, indices in _scan_header(body):
                coded.setdefault(component, set()).update(indices)
            following = _MARKER_IN_SCAN.search(data, position)
            end = following.start() if following else len(data)
            coded_bytes, position = coded_bytes + end - position, end
    if b"\xff\xd8\xff" in data[position:]:  # a stego would lose it, and still announce it
        raise ValueError(
            "expected one picture, got another behind its end (MPO, Ultra HDR, other files of phones): take the first "
            "alone, without loss: jpegtran -copy none"
        )
    if frame is None or coded_bytes == 0:
        raise _damaged("a frame header and a scan", "neither" if frame is None else "no scan", position)
    for component in components:
        if frame.marker <= 0xC2 and len(coded.get(component, ())) < 64:
            raise _damaged(f"scans that complete component {component}", "some of them", position)
    return replace(frame, table_slots=tuple(sorted(slots)), coded_bytes=coded_bytes)


def check(path: str | os.PathLike[str], frame: Frame) -> None:
    """Raise DataError unless the coefficients of a frame can be read.

    They can where it is Huffman-coded, 8-bit, of 1 or 3 components with the luminance sampled most, and neither empty,
    larger than `MAX_PIXELS`, nor larger than the coded data can fill.
    """
    if frame.marker > 0xC2:
        coding = "arithmetic-coded" if frame.marker > 0xC8 else "lossless" if frame.marker == 0xC3 else "hierarchical"
        raise DataError(f"{path}: expected a Huffman-coded JPEG, got an {coding} one: {_ADVICE}")
    if frame.bits != 8:
        raise DataError(f"{path}: expected 8 bits a sample, got {frame.bits}: {_ADVICE}")
    if len(frame.sampling) not in (1, 3):
        colours = "CMYK or YCCK" if len(frame.sampling) == 4 else "unknown colours"
        raise DataError(f"{path}: expected 1 or 3 components, got {len(frame.sampling)} ({colours}): {_ADVICE}")
    pixels = frame.height * frame.width
    if not 0 < pixels <= MAX_PIXELS:
        raise DataError(
            f"{path}: expected 1 to {MAX_PIXELS} pixels, got {frame.height}×{frame.width} (height × width): crop it"
        )
    (down, across), factors = frame.sampling[0], [factor for pair in frame.sampling for factor in pair]
    if not all(1 <= factor <= 4 for factor in factors) or any(v > down or h > across for v, h in frame.sampling):
        raise DataError(
            f"{path}: expected sampling factors 1..4, those of the luminance largest, got {frame.sampling}: {_ADVICE}"
        )
    if pixels > 64 * 8 * frame.coded_bytes:  # each block of the luminance takes a bit at the least
        raise DataError(
            f"{path}: expected coded data for {frame.height}×{frame.width} pixels, got {frame.coded_bytes} bytes: "
            "the file is truncated or damaged; fetch it again or leave it out"
        )


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    """Return the position after the marker at `position` (which fill bytes 0xFF may precede), and its second byte."""
    start = position
    while data[position : position + 2] == b"\xff\xff":
        position += 1
    if position + 2 > len(data):
        raise _truncated(data)
    if data[position] != 0xFF or data[position + 1] in (0x00, 0x01, *range(0xD0, 0xD9)):
        raise _damaged("a marker", repr(data[start : start + 4]), start)
    return position + 2, data[position + 1]


def _segment(data: bytes, position: int) -> bytes:
    """Return the body of the segment whose length stands at `position`."""
    length = int.from_bytes(data[position : position + 2], "big")
    if position + max(length, 2) > len(data):
        raise _truncated(data)
    if length < 2:
        raise _damaged("a segment length of at least 2", str(length), position)
    return data[position + 2 : position + length]


def _frame_header(marker: int, body: bytes) -> Frame:
    """Return a frame from its header (B.2.2), without what other segments say."""
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise _damaged("a frame header of 6 + 3 bytes a component", f"{len(body)}")
    height, width = (int.from_bytes(body[start : start + 2], "big") for start in (1, 3))
    sampling = tuple((factors & 15, factors >> 4) for factors in body[7::3])
    return Frame(marker, body[0], height, width, sampling, tuple(body[8::3]))


def _scan_header(body: bytes) -> list[tuple[int, range]]:
    """Return each component of a scan with the indices of its coefficients that are complete after it (B.2.3)."""
    if len(body) < 4 or len(body) != 4 + 2 * body[0]:
        raise _damaged("a scan header of 4 + 2 bytes a component", f"{len(body)}")
    first, last, approximation = body[-3:]
    final = approximation & 15 == 0
    return [(component, range(first, min(last, 63) + 1 if final else first)) for component in body[1:-3:2]]


def _table_slots(body: bytes) -> set[int]:
    """Return the slots that a segment of quantization tables fills (B.2.4.1)."""
    slots, position = set(), 0
    while position < len(body):
        slots.add(body[position] & 15)
        position += 1 + 64 * (1 + (body[position] >> 4))
    if position != len(body):
        raise _damaged("whole quantization tables", f"{len(body)} bytes")
    return slots


def _truncated(data: bytes) -> ValueError:
    return ValueError(
        f"expected a JPEG up to its end marker (FF D9), got {len(data)} bytes without it: the file is truncated; fetch "
        "it again or leave it out"
    )


def _damaged(expected: str, got: str, position: int = 0) -> ValueError:
    where = f" before byte {position}" if position else ""
    return ValueError(f"expected {expected}, got {got}{where}: the file is damaged; fetch it again or leave it out")
