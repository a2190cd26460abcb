"""`stegdata.formats.jpeg` against jpeglib, on odd files made here."""

from pathlib import Path

import numpy as np
import pytest
import refusals
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_jpegs import CODINGS, SIZES, jpeg_bytes, photograph, refusal
from PIL import Image
from processes import run_python

from stegdata.formats import images, jpeg
from stegdata.formats.jpeg_quality import UNKNOWN, quality_of

jpeglib = pytest.importorskip("jpeglib")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def odd_file(tmp_path, request):
    height, width, coding = request.param
    path = tmp_path / "odd.jpg"
    path.write_bytes(jpeg_bytes(height, width, **CODINGS[coding]))
    return path


def every_odd_file(function):
    cases = [(height, width, coding) for coding in CODINGS for height, width in SIZES]
    assert len(cases) >= 48
    names = [f"{coding} {height}x{width}" for height, width, coding in cases]
    return pytest.mark.parametrize("odd_file", cases, ids=names, indirect=True)(function)


def planes_of_jpeglib(path):
    """Coefficient planes and quantization tables by component, in our layout."""
    theirs = jpeglib.read_dct(str(path))
    blocks = [theirs.Y] if theirs.Cb is None else [theirs.Y, theirs.Cb, theirs.Cr]
    planes = [b.transpose(0, 2, 1, 3).reshape(b.shape[0] * 8, b.shape[1] * 8) for b in blocks]
    return planes, [theirs.qt[slot] for slot in theirs.quant_tbl_no]


def equal(first, second):
    return len(first) == len(second) and all(map(np.array_equal, first, second))


def embed(planes, seed=0):
    """Change some coefficients by one, as a stego would, within what JPEG can code."""
    rng = np.random.default_rng(seed)
    return [np.clip(plane + rng.integers(-1, 2, plane.shape), -1000, 1000).astype(np.int16) for plane in planes]


# ---------------------------------------------------------------------------------------------- reading


@every_odd_file
def test_read_agrees_with_jpeglib(odd_file):
    ours, (planes, tables) = jpeg.read(odd_file), planes_of_jpeglib(odd_file)
    assert equal(ours.coefficients, planes) and equal(ours.quantization_tables, tables)
    assert all(plane.dtype == np.int16 for plane in ours.coefficients)
    assert all(table.dtype == np.uint16 and table.shape == (8, 8) for table in ours.quantization_tables)
    grey = jpeglib.read_spatial(str(odd_file), out_color_space=jpeglib.Colorspace.JCS_GRAYSCALE).spatial[:, :, 0]
    assert ours.luminance.dtype == np.uint8 and np.array_equal(ours.luminance, grey)
    assert (ours.height, ours.width) == grey.shape


@every_odd_file
def test_luminance_is_the_inverse_dct_of_the_coefficients(odd_file):
    ours = jpeg.read(odd_file)
    frequency, place = np.mgrid[:8, :8]
    basis = np.cos((2 * place + 1) * frequency * np.pi / 16) * np.where(frequency == 0, np.sqrt(1 / 8), 0.5)
    plane, table = ours.coefficients[0].astype(float), ours.quantization_tables[0]
    blocks = plane.reshape(plane.shape[0] // 8, 8, -1, 8).transpose(0, 2, 1, 3) * table
    pixels = (basis.T @ blocks @ basis).transpose(0, 2, 1, 3).reshape(plane.shape)[: ours.height, : ours.width]
    assert np.abs(np.clip(pixels + 128, 0, 255) - ours.luminance).max() < 1


@pytest.mark.parametrize("factors", ["4:4:0", "4:1:1", "4:1:0", ((2, 2), (1, 2), (2, 1))])
def test_rare_sampling_agrees_with_jpeglib(tmp_path, factors):
    made = jpeglib.from_spatial(photograph(37, 51))
    made.samp_factor = factors
    made.write_spatial(str(tmp_path / "a.jpg"), qt=80)
    ours, (planes, tables) = jpeg.read(tmp_path / "a.jpg"), planes_of_jpeglib(tmp_path / "a.jpg")
    assert equal(ours.coefficients, planes) and equal(ours.quantization_tables, tables)
    jpeg.write(tmp_path / "b.jpg", ours, embed(planes))
    assert equal(planes_of_jpeglib(tmp_path / "b.jpg")[0], embed(planes))


def test_tables_are_found_in_any_slot(tmp_path):
    """jpegio lists tables without their slots; here 0 and 3 are filled instead of 0 and 1."""
    content = bytearray(jpeg_bytes(subsampling=0))
    second = content.index(b"\xff\xdb", content.index(b"\xff\xdb") + 2)
    content[second + 4] = 3
    frame = content.index(b"\xff\xc0")
    assert content[frame + 15] == content[frame + 18] == 1
    content[frame + 15] = content[frame + 18] = 3
    (tmp_path / "a.jpg").write_bytes(content)
    ours, (planes, tables) = jpeg.read(tmp_path / "a.jpg"), planes_of_jpeglib(tmp_path / "a.jpg")
    assert equal(ours.quantization_tables, tables) and not np.array_equal(tables[0], tables[1])
    jpeg.write(tmp_path / "b.jpg", ours, embed(planes))
    assert equal(jpeg.read(tmp_path / "b.jpg").quantization_tables, tables)


@pytest.mark.skipif(not (SHARED / "covers" / "alaska2").is_dir(), reason=f"ALASKA2 covers are not there: {SHARED}")
def test_alaska2_covers_are_read_as_by_jpeglib():
    paths = sorted((SHARED / "covers" / "alaska2" / "Cover").glob("*.jpg"))
    assert len(paths) >= 100
    for path in paths[::10]:
        ours, (planes, tables) = jpeg.read(path), planes_of_jpeglib(path)
        assert ours.sampling == ((1, 1),) * 3 and ours.luminance.shape == (512, 512)
        assert equal(ours.coefficients, planes) and equal(ours.quantization_tables, tables), path.name


# ---------------------------------------------------------------------------------------------- writing


@every_odd_file
def test_write_holds_what_was_given(odd_file, tmp_path):
    """Sources with optimised tables are those jpegio writes wrongly by itself."""
    source = jpeg.read(odd_file)
    changed, target = embed(source.coefficients), tmp_path / "stego.jpg"
    jpeg.write(target, odd_file, changed)
    planes, tables = planes_of_jpeglib(target)
    assert equal(planes, changed) and equal(tables, source.quantization_tables)
    with Image.open(odd_file) as before, Image.open(target) as after:
        assert after.getexif()[0x010F] == "a camera" and after.info["comment"] == b"a\0comment"
        assert after.info.get("progressive") == before.info.get("progressive")
        assert after.info.get("jfif") == before.info.get("jfif") and after.size == before.size
    assert sorted(file.name for file in tmp_path.iterdir()) == ["odd.jpg", "stego.jpg"]


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 1023), st.integers(0, 2**32 - 1))
@settings(max_examples=settings.default.max_examples // 3)
def test_any_coefficients_that_jpeg_can_code_are_kept(tmp_path_factory, down, across, largest, seed):
    folder = tmp_path_factory.mktemp("jpeg")
    (folder / "a.jpg").write_bytes(jpeg_bytes(8 * down, 8 * across, grey=True, optimize=bool(seed % 2)))
    plane = np.random.default_rng(seed).integers(-largest, largest + 1, (8 * down, 8 * across))
    jpeg.write(folder / "b.jpg", folder / "a.jpg", [plane])
    assert np.array_equal(jpeg.read(folder / "b.jpg").coefficients[0], plane)
    assert np.array_equal(planes_of_jpeglib(folder / "b.jpg")[0][0], plane)


def test_a_file_may_be_written_over_itself(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_bytes())
    changed = embed(jpeg.read(path).coefficients)
    jpeg.write(path, jpeg.read(path), changed)
    assert equal(jpeg.read(path).coefficients, changed)


def test_planes_that_do_not_fit_are_refused(tmp_path):
    source, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    source.write_bytes(jpeg_bytes())
    planes = [plane.astype(int) for plane in jpeg.read(source).coefficients]
    assert "shapes" in refusal(jpeg.write, target, source, planes[:1])
    assert "shapes" in refusal(jpeg.write, target, source, [planes[0].T, *planes[1:]])
    assert "integer" in refusal(jpeg.write, target, source, [planes[0] * 1.0, *planes[1:]])
    assert "int16" in refusal(jpeg.write, target, source, [planes[0] + 40000, *planes[1:]])
    assert "1023" in refusal(jpeg.write, target, source, [planes[0] * 0 + 30000, *planes[1:]])
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("what", ["coefficient", "table", "segment"])
def test_a_write_that_differs_gets_no_name(tmp_path, monkeypatch, what):
    source = tmp_path / "a.jpg"
    source.write_bytes(jpeg_bytes())
    planes = jpeg.read(source).coefficients
    load = jpeg._load

    def spoil(path):
        data, frame, loaded = load(path)
        if path != source and what == "coefficient":
            loaded.coef_arrays[-1][-1, -1] += 1
        elif path != source and what == "table":
            loaded.quant_tables[-1][7, 7] += 1
        elif path != source:
            loaded.markers.pop()
        return data, frame, loaded

    monkeypatch.setattr(jpeg, "_load", spoil)
    assert "read again" in refusal(jpeg.write, tmp_path / "b.jpg", source, planes)
    assert list(tmp_path.iterdir()) == [source]


def test_places_that_cannot_be_written_are_named(tmp_path):
    source = tmp_path / "a.jpg"
    source.write_bytes(jpeg_bytes())
    planes = jpeg.read(source).coefficients
    assert "No such file" in refusal(jpeg.write, tmp_path / "none" / "b.jpg", source, planes)
    assert "Not a directory" in refusal(jpeg.write, source / "b.jpg", source, planes)
    refusal(jpeg.encode, tmp_path / "none" / "b.jpg", photograph(8, 8)[:, :, 0], 75)
    gone = refusals.refusal(jpeg.write, tmp_path / "b.jpg", tmp_path / "gone.jpg", planes)
    assert gone.startswith(f"{tmp_path / 'gone.jpg'}: expected an image file, found no file")
    assert list(tmp_path.iterdir()) == [source]


def test_a_full_disk_leaves_nothing(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg_bytes(200, 200))
    code = """
import sys
from processes import leave_room
from stegdata.formats import jpeg
source = jpeg.read(sys.argv[1])
leave_room(5000)
jpeg.write(sys.argv[2], source, source.coefficients)
"""
    result = run_python(code, tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert "DataError" in result.stderr and "disk" in result.stderr.splitlines()[-1]
    assert [file.name for file in tmp_path.iterdir()] == ["a.jpg"]


# ---------------------------------------------------------------------------------------------- encoding


@pytest.mark.parametrize("quality", [25, 50, 75, 90, 95, 100])
def test_encode_is_plain_libjpeg(tmp_path, quality):
    grey = photograph(37, 51)[:, :, 1]
    jpeg.encode(tmp_path / "a.jpg", grey, quality)
    ours = jpeg.read(tmp_path / "a.jpg")
    assert ours.sampling == ((1, 1),) and len(ours.coefficients) == 1
    jpeglib.from_spatial(grey[:, :, None]).write_spatial(str(tmp_path / "b.jpg"), qt=quality)
    planes, tables = planes_of_jpeglib(tmp_path / "b.jpg")
    assert equal(ours.coefficients, planes) and equal(ours.quantization_tables, tables)
    assert np.array_equal(images.read(tmp_path / "a.jpg"), ours.luminance)


def test_encode_refuses_other_input(tmp_path):
    for quality in (0, 101, 75.0, True, None):
        assert "1 to 100" in refusal(jpeg.encode, tmp_path / "a.jpg", np.zeros((8, 8), np.uint8), quality)
    for shape, kind in (((8, 8, 3), np.uint8), ((8, 8), float), ((0, 8), np.uint8), ((65501, 1), np.uint8)):
        refusal(jpeg.encode, tmp_path / "a.jpg", np.zeros(shape, kind), 75)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("quality", range(1, 101))
def test_every_quality_is_found_in_a_file_of_libjpeg(tmp_path, quality):
    jpeg.encode(tmp_path / "a.jpg", np.arange(64, dtype=np.uint8).reshape(8, 8), quality)
    assert quality_of(jpeg.read(tmp_path / "a.jpg").quantization_tables[0]) == quality


def test_another_table_is_unknown():
    assert quality_of(np.full((8, 8), 7, np.uint16)) == UNKNOWN
