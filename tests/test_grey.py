"""`stegdata.formats.grey.write`: a stego differs from the file of its cover in its pixels, and in nothing else."""

import io
import zlib

import numpy as np
import pytest
from pictures import crop, noise
from PIL import Image

from stegdata.formats import grey, images

#: Chunks before and behind the pixels, known and unknown ones.
BEFORE = {
    b"gAMA": (100_000).to_bytes(4, "big"),
    b"pHYs": bytes(4) + b"\0\0.#\1",
    b"bKGD": b"\0\7",
    b"eXIf": b"II*\0\x08\0\0\0\0\0",
    b"tEXt": b"Software\0camera",
    b"iTXt": b"Title\0\0\0\0\0" + "Größe".encode(),
    b"teSt": b"of a program",
}
BEHIND = {b"tIME": b"\x07\xe8\1\1\0\0\0", b"zTXt": b"Comment\0\0" + zlib.compress(b"long" * 99)}


def chunk(name, body):
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(pixels, *, filters=(0,), interlaced=False, size=10**9, **settings):
    """A PNG with all these chunks; its rows have the filters in turn, of which 0 and 2 are made here."""
    height, width = pixels.shape
    rows, number = bytearray(), 0
    for left, top, across, down in grey.ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = pixels[top::down, left::across]
        above = np.zeros(part.shape[1], np.uint8)
        for row in part if part.size else ():
            filter_type = filters[number % len(filters)]
            rows += bytes([filter_type]) + (row - above if filter_type == 2 else row).tobytes()
            above, number = row, number + 1
    compressor = zlib.compressobj(**settings)
    stream = compressor.compress(bytes(rows)) + compressor.flush()
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, interlaced])
    chunks = [(b"IHDR", header), *BEFORE.items()]
    chunks += [(b"IDAT", stream[start : start + size]) for start in range(0, len(stream), size)]
    return (
        images.PNG + b"".join(chunk(*named) for named in [*chunks, *BEHIND.items(), (b"IEND", b"")]) + b"behind the end"
    )


def by_pillow(pixels, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", **options)
    return buffer.getvalue()


def chunks_of(data):
    """Chunks but those of the pixels, filtered rows, and sizes of the chunks of the pixels."""
    chunks = [(name, data[start:end]) for name, start, end in images.png_chunks(data)]
    rows = zlib.decompressobj().decompress(b"".join(body[8:-4] for name, body in chunks if name == b"IDAT"))
    return [body for name, body in chunks if name != b"IDAT"], rows, [len(b) for name, b in chunks if name == b"IDAT"]


def written(tmp_path, data, ending="png"):
    """A stego of a file with every twentieth pixel changed, and its content; pixels as they are give the same bytes."""
    cover = tmp_path / f"cover.{ending}"
    cover.write_bytes(data)
    pixels = grey.read(cover)
    stego = pixels.copy()
    stego.flat[::20] ^= 1
    grey.write(tmp_path / f"stego.{ending}", stego, cover)
    assert np.array_equal(grey.read(tmp_path / f"stego.{ending}"), stego)
    grey.write(tmp_path / f"same.{ending}", pixels, cover)
    assert (tmp_path / f"same.{ending}").read_bytes() == data
    return (tmp_path / f"stego.{ending}").read_bytes()


PIXELS = crop(61, 83)
PNGS = {
    "by Pillow": by_pillow(PIXELS),
    "optimized by Pillow": by_pillow(PIXELS, optimize=True),
    "no filter": png(PIXELS, level=9),
    "filters in turn": png(PIXELS, filters=(2, 0, 2), level=3, wbits=10, memLevel=8),
    "many pieces": png(PIXELS, size=500, strategy=zlib.Z_FILTERED),
    "interlaced": png(PIXELS, filters=(0, 2), interlaced=True),
    "interlaced and narrow": png(noise(9, 1), filters=(2, 0), interlaced=True),
}


@pytest.mark.parametrize("name", PNGS)
def test_chunks_filters_and_compression_of_a_png_are_kept(tmp_path, name):
    data = PNGS[name]
    stego = written(tmp_path, data)
    around, rows, sizes = chunks_of(data)
    stego_around, stego_rows, stego_sizes = chunks_of(stego)
    assert stego_around == around and stego.endswith(data[data.rindex(b"IEND") :]) and len(stego_rows) == len(rows)
    assert stego_sizes[:-1] == [sizes[0]] * (len(stego_sizes) - 1) and (len(sizes) == 1) == (len(stego_sizes) == 1)
    assert abs(sum(stego_sizes) - sum(sizes)) < 0.1 * sum(sizes)
    if "interlaced" not in name:
        assert rows[:: PIXELS.shape[1] + 1] == stego_rows[:: PIXELS.shape[1] + 1]


def test_every_filter_is_that_of_pillow(tmp_path):
    """Pillow chooses among all five by row; pixels as they are give its bytes again."""
    pixels = np.vstack([noise(20, 64), np.tile(np.arange(64, dtype=np.uint8), (20, 1)), crop(40, 64)])
    stego = written(tmp_path, by_pillow(pixels))
    assert len(set(chunks_of(stego)[1][::65])) >= 4


@pytest.mark.parametrize(
    ("header", "end"),
    [
        (b"P5\n4 3\n255\n", b""),
        (b"P5 4 3 255 ", b"\n"),
        (b"P5\n# a comment, as GIMP writes it\n4\t3\n#another\n255\n", b"\n\n"),
        (b"P5\r\n4 3\r\n255\r\n", b""),
        (b"P5\n4 3\n255\n# behind the header\n", b""),
    ],
)
def test_header_and_comments_of_a_pgm_are_kept(tmp_path, header, end):
    stego = written(tmp_path, header + noise(3, 4).tobytes() + end, "pgm")
    assert stego.startswith(header) and stego.endswith(end) and len(stego) == len(header) + 12 + len(end)
