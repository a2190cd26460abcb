"""`stegdata.formats.images`: rasters and PGM; resizing is in test_resize."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import skimage
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pictures import noise
from PIL import Image, PngImagePlugin
from refusals import refusal

from stegdata.formats import images, jpeg

GREYS = arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)))


# ---------------------------------------------------------------------------------------------- rasters


@pytest.mark.parametrize("ending", ["pgm", "png", "tif", "bmp"])
def test_grey_is_read_as_it_is_and_colour_as_luma(tmp_path, ending):
    grey, colour = noise(13, 17), noise(13, 17, 3)
    Image.fromarray(grey).save(tmp_path / f"a.{ending}")
    read = images.read(tmp_path / f"a.{ending}")
    assert read.dtype == np.uint8 and np.array_equal(read, grey) and read.flags.writeable
    path = tmp_path / f"b.{ending.replace('pgm', 'ppm')}"
    Image.fromarray(colour).save(path)
    read = images.read(str(path))
    assert np.array_equal(read, np.array(Image.fromarray(colour).convert("L")))
    assert np.abs(read - colour.astype(float) @ [0.299, 0.587, 0.114]).max() < 1


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}, {"subsampling": 0}])
@pytest.mark.parametrize("channels", [None, 3])
def test_jpeg_is_what_pillow_decodes(tmp_path, options, channels):
    Image.fromarray(noise(19, 21, channels)).save(tmp_path / "a.jpg", **options)
    assert np.array_equal(images.read(tmp_path / "a.jpg"), np.array(Image.open(tmp_path / "a.jpg").convert("L")))


def test_palette_goes_through_rgb(tmp_path):
    indexed = Image.fromarray(noise(20, 20, 3)).quantize(7)
    for name in ("a.png", "a.bmp", "a.tif"):
        indexed.save(tmp_path / name)
        assert np.array_equal(images.read(tmp_path / name), np.array(indexed.convert("RGB").convert("L")))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_only_an_opaque_alpha_is_dropped(tmp_path, mode):
    image = Image.fromarray(noise(9, 9, 3)).convert(mode)
    image.save(tmp_path / "opaque.png")
    assert np.array_equal(images.read(tmp_path / "opaque.png"), np.array(image.convert("L")))
    alpha = np.full((9, 9), 255, np.uint8)
    alpha[4, 4] = 254
    image.putalpha(Image.fromarray(alpha))
    image.save(tmp_path / "clear.png")
    assert "254 of 255" in refusal(images.read, tmp_path / "clear.png")


def test_transparent_colour_of_png_counts_as_alpha(tmp_path):
    Image.fromarray(noise(30, 30)).save(tmp_path / "grey.png", transparency=100)
    Image.fromarray(noise(30, 30)).quantize(200).save(tmp_path / "palette.png", transparency=1)
    for name in ("grey.png", "palette.png"):
        assert "opaque" in refusal(images.read, tmp_path / name)


def png_of(bits, colour_type, width=4, height=4):
    """A PNG of zeros of any depth, which Pillow cannot always write."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]
    rows = (b"\0" + bytes(-(-width * channels * bits // 8))) * height
    content = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        content += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return content


def tiff_bytes(array, **options):
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **options)
    return stream.getvalue()


def bmp_of_16_bits():
    return b"BM" + struct.pack("<IIIIiiHHIIiiII", 54 + 16, 0, 54, 40, 2, 4, 1, 16, 0, 16, 0, 0, 0, 0) + bytes(16)


def saved(image, ending):
    stream = io.BytesIO()
    image.save(stream, ending)
    return stream.getvalue()


def test_tiff_whose_zero_is_white_is_inverted(tmp_path):
    image = noise(9, 9)
    (tmp_path / "a.tif").write_bytes(tiff_bytes(255 - image, photometric="miniswhite"))
    assert np.array_equal(images.read(tmp_path / "a.tif"), image)


def test_png_of_8_bits_made_here_is_read(tmp_path):
    (tmp_path / "b.png").write_bytes(png_of(8, 2))
    assert not images.read(tmp_path / "b.png").any()


def test_pages_of_scikit_image_are_refused():
    assert "multi-frame TIFF of 2" in refusal(images.read, Path(skimage.__file__).parent / "data" / "multipage.tif")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"P5 2 1 65535\n\0\0\0\0", "maxval 65535"),
        (b"P5 2 1 254\n\0\0", "maxval 254"),
        (b"P6 1 1 65535\n\0\0\0\0\0\0", "maxval 65535"),
        (b"P2 2 1 1023\n1023 5\n", "maxval 1023"),
        (b"P4 8 1\n\0", "1-bit"),
        (b"P1 2 1\n0 1\n", "1-bit"),
        (b"P5 2 0 255\n", "2×0"),
        (b"P5 2 2 255\n\0\0\0", "truncated"),
        (b"P6 1 2 255\n\0\0\0\0\0", "truncated"),
        (b"P5 2 2 255\n\0\0\0\0\1", "nothing behind it"),
        (b"P5 2\n", "begin with"),
        (b"", "empty"),
        (b"not an image at all", "convert it to PNG"),
        (b"GIF89a" + bytes(40), "begin with"),
        (b"<html>404</html>", "begin with"),
        (b"\xff\xd8\xff", "begin with"),
        (b"\x89PNG\r\n\x1a\n", "begin with"),
        *((png_of(16, colour_type), "16-bit") for colour_type in (0, 2, 4, 6)),
        *((png_of(bits, 0), f"{bits}-bit") for bits in (1, 2, 4)),
        (saved(Image.fromarray(noise(8, 8) > 99), "BMP"), "1-bit"),
        (bmp_of_16_bits(), "5-bit"),
        (saved(Image.fromarray(noise(8, 8, 4), "CMYK"), "JPEG"), "CMYK"),
        (tiff_bytes(np.zeros((9, 9), np.uint16)), "16-bit"),
        (tiff_bytes(np.zeros((9, 9, 3), np.uint16), photometric="rgb"), "expected"),
        (tiff_bytes(np.zeros((9, 9), np.float32)), "32-bit float"),
        (tiff_bytes(np.zeros((9, 9), np.int8)), "signed"),
        (tiff_bytes(np.zeros((9, 9), np.int32)), "signed"),
        (tiff_bytes(np.zeros((9, 9), bool)), "1-bit"),
        (tiff_bytes(np.zeros((2, 9, 9), np.uint8), photometric="minisblack"), "multi-frame TIFF of 2"),
        (tiff_bytes(np.zeros((9, 9, 4), np.uint8), photometric="separated"), "CMYK"),
    ],
)
def test_what_is_no_8_bit_image_is_refused(tmp_path, content, word):
    (tmp_path / "a.pgm").write_bytes(content)
    message = refusal(images.read, tmp_path / "a.pgm")
    assert message.startswith(str(tmp_path / "a.pgm")) and word in message


def test_ascii_pnm_of_8_bits_is_read(tmp_path):
    (tmp_path / "a.pgm").write_bytes(b"P2\n# comment\n2 1\n255\n7 255\n")
    assert images.read(tmp_path / "a.pgm").tolist() == [[7, 255]]


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for call in (images.read, images.read_pgm):
        assert "none.pgm: expected an image file, found no file" in refusal(call, tmp_path / "none.pgm")
        assert "expected to read an image file, got Is a directory" in refusal(call, tmp_path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", ["pgm", "ppm", "png", "tif", "bmp", "jpg"])
def test_a_truncated_file_is_refused_wherever_it_is_cut(tmp_path, ending):
    stream = io.BytesIO()
    colour = None if ending == "pgm" else 3
    Image.fromarray(noise(24, 24, colour)).save(
        stream, {"tif": "tiff", "jpg": "jpeg", "pgm": "ppm"}.get(ending, ending)
    )
    whole = stream.getvalue()
    path = tmp_path / f"a.{ending}"
    for length in [*range(1, len(whole) - 20, 41), *range(len(whole) - 20, len(whole) - (ending == "tif"))]:
        path.write_bytes(whole[:length])
        refusal(images.read, path)


# ---------------------------------------------------------------------------------------------- PGM


@given(GREYS)
def test_pgm_round_trip(tmp_path_factory, image):
    path = tmp_path_factory.mktemp("pgm") / "a.pgm"
    images.write_pgm(path, image)
    assert np.array_equal(images.read_pgm(path), image)
    assert np.array_equal(np.array(Image.open(path)), image)
    assert [file.name for file in path.parent.iterdir()] == ["a.pgm"]


def test_pgm_header_may_hold_comments(tmp_path):
    (tmp_path / "a.pgm").write_bytes(b"P5 # made by hand\n#\n2 # columns\n\t1\n# 7\n255\n#\x00")
    assert images.read_pgm(tmp_path / "a.pgm").tolist() == [[35, 0]]


@pytest.mark.parametrize("content", [b"P6 1 1 255\nabc", b"P2 1 1 255\n7", b"P5 1 1 65535\nab", b"P5 2 1 255\na"])
def test_read_pgm_takes_nothing_else(tmp_path, content):
    (tmp_path / "a.pgm").write_bytes(content)
    refusal(images.read_pgm, tmp_path / "a.pgm")


@pytest.mark.parametrize(
    "image", [np.zeros((2, 2), np.int64), np.zeros((2, 2, 3), np.uint8), np.zeros((0, 2), np.uint8)]
)
def test_write_pgm_and_resize_want_grey_bytes(tmp_path, image):
    refusal(images.write_pgm, tmp_path / "a.pgm", image)
    refusal(images.resize, image, 1)
    refusal(images.resize, image.tolist(), 1)
    assert not list(tmp_path.iterdir())


# ---- what other programs write


@pytest.mark.parametrize(
    "content",
    [
        b"P5\r\n3 2\r\n255\r\nabcdef",
        b"P5 3 2 255\nabcdef\n",
        b"P5 3 2 255\nabcdef\r\n\n",
        b"P5 3 2 255\n# a comment\nabcdef",
        b"P5\n# a\n3 2\n# b\n255\nabcdef",
    ],
)
def test_what_stands_around_the_pixels_of_a_pgm(tmp_path, content):
    (tmp_path / "a.pgm").write_bytes(content)
    for read in (images.read, images.read_pgm):
        assert read(tmp_path / "a.pgm").tobytes() == b"abcdef"


def test_pixels_that_look_like_line_ends_are_pixels(tmp_path):
    for pixels in (b"\n\r \t\n\n", b"#abcd\n", b"\nabcd\n"):
        for end in (b"\n", b"\r", b" "):
            (tmp_path / "a.pgm").write_bytes(b"P5 3 2 255" + end + pixels)
            assert images.read_pgm(tmp_path / "a.pgm").tobytes() == pixels


def test_a_png_with_a_long_text(tmp_path):
    told = PngImagePlugin.PngInfo()
    told.add_text("notes", "a" * 5_000_000, zip=True)
    Image.fromarray(noise(6, 7)).save(tmp_path / "a.png", pnginfo=told)
    assert np.array_equal(images.read(tmp_path / "a.png"), noise(6, 7))


def test_a_large_scan_is_read_and_pillows_limit_stays(tmp_path):
    """200 megapixels, above what Pillow takes for an attack."""
    Image.new("L", (20_000, 10_000)).save(tmp_path / "a.png", compress_level=1)
    before = Image.MAX_IMAGE_PIXELS
    assert images.read(tmp_path / "a.png").shape == (10_000, 20_000) and before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
@pytest.mark.parametrize("orientation", [2, 6, 8])
def test_pixels_are_as_stored_whatever_the_orientation(tmp_path, ending, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(noise(16, 24)).save(tmp_path / f"a.{ending}", exif=exif)
    Image.fromarray(noise(16, 24)).save(tmp_path / f"b.{ending}")
    assert np.array_equal(images.read(tmp_path / f"a.{ending}"), images.read(tmp_path / f"b.{ending}"))


def test_files_of_two_pictures_are_refused_by_sources_and_embedding_alike(tmp_path):
    one, two = (Image.fromarray(noise(16, 24, seed=seed)) for seed in (1, 2))
    one.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[two])
    one.save(tmp_path / "one.jpg")
    two.save(tmp_path / "two.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "one.jpg").read_bytes() + (tmp_path / "two.jpg").read_bytes())
    for name in ("a.jpg", "b.jpg"):
        for read in (images.read, jpeg.read):
            assert f"{name}: expected one picture, got another behind its end" in refusal(read, tmp_path / name)
    (tmp_path / "one.jpg").write_bytes((tmp_path / "one.jpg").read_bytes() + bytes(5))
    assert jpeg.read(tmp_path / "one.jpg").luminance.shape == (16, 24)
