"""`stegdata.formats.dicom_pixels`: bits, signs, palettes and byte orders, beside plain twins and dcmtk."""

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from making_dicom import write_dicom
from pictures import noise
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian
from refusals import refusal

from stegdata.formats import dicom_header, images

SYNTAXES = pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian], ids=["little", "big"])
TWELVE = {"BitsStored": 12, "HighBit": 11}
WINDOW = {"WindowCenter": 2048, "WindowWidth": 4096}


def ramp():
    """12 bits."""
    y, x = np.mgrid[:40, :48]
    return ((x * 70 + y * 31 + noise(40, 48)) % 4096).astype(np.uint16)


def palette(bits, stored_in, syntax, first=0, entries=256, kind="OW"):
    """Descriptors and data: red falls, green rises, blue is constant; the data of `stored_in` bits an entry."""
    falling = np.linspace(255, 0, entries).astype(np.uint16)
    pixels_read = {}
    for colour, table in zip(("Red", "Green", "Blue"), (falling, falling[::-1], np.full(entries, 77)), strict=True):
        if stored_in == 16:
            words = (table.astype(np.uint16) << (8 if bits == 16 else 0)).astype("<u2")
        else:
            words = np.pad(table.astype(np.uint8), (0, entries % 2)).view("<u2")
        data = words.astype(words.dtype if syntax.is_little_endian or kind == "OB" else ">u2").tobytes()
        pixels_read[f"{colour}PaletteColorLookupTableDescriptor"] = [entries % 65536, first, bits]
        pixels_read[f"{colour}PaletteColorLookupTableData"] = data
    colour = np.stack([falling, falling[::-1], np.full(entries, 77)], axis=-1).astype(np.uint8)
    return pixels_read, np.array(Image.fromarray(colour[None]).convert("L"))[0]


# ---- twins


@SYNTAXES
@pytest.mark.parametrize(("bits", "stored_in"), [(8, 8), (8, 16), (16, 16)])
@pytest.mark.parametrize("entries", [256, 255])
def test_palettes_of_either_byte_order(tmp_path, syntax, bits, stored_in, entries):
    elements, grey = palette(bits, stored_in, syntax, entries=entries)
    index = noise(9, 12)
    path = write_dicom(tmp_path / "a.dcm", index, "PALETTE COLOR", syntax=syntax, **elements)
    assert np.array_equal(images.read(path), grey[np.minimum(index, entries - 1)])


def test_a_palette_begins_where_it_says(tmp_path):
    elements, grey = palette(16, 16, ExplicitVRLittleEndian, first=-100)
    index = (noise(9, 12).astype(np.int16) - 140) * 2
    read = images.read(write_dicom(tmp_path / "a.dcm", index, "PALETTE COLOR", **elements))
    assert np.array_equal(read, grey[np.clip(index + 100, 0, 255)])


def test_a_palette_of_more_entries_than_bytes_count(tmp_path):
    """Entries of 8 bits, pixels of 16."""
    elements, grey = palette(8, 8, ExplicitVRLittleEndian, entries=1000)
    read = images.read(write_dicom(tmp_path / "a.dcm", ramp(), "PALETTE COLOR", **elements))
    assert np.array_equal(read, grey[np.minimum(ramp(), 999)])


def test_a_palette_that_is_too_short_is_refused(tmp_path):
    elements, _ = palette(16, 16, ExplicitVRLittleEndian)
    elements["GreenPaletteColorLookupTableData"] = b"\0" * 30
    message = refusal(images.read, write_dicom(tmp_path / "a.dcm", noise(4, 4), "PALETTE COLOR", **elements))
    assert "expected a palette of 256 entries, got 30 bytes" in message


@SYNTAXES
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("high", [11, 13, 15])
def test_bits_lie_where_high_bit_says(tmp_path, syntax, signed, high):
    """And what lies beside them, as overlays did once, is no part of them."""
    values = ramp().astype(np.int16) - (2048 if signed else 0)
    window = WINDOW | ({"WindowCenter": 0} if signed else {})
    raw = ((values & 0xFFF) << (high - 11)).astype(np.uint16)
    raw |= np.where(noise(40, 48) > 99, 1 << 15 if high < 15 else 1, 0).astype(np.uint16)
    described = {"BitsStored": 12, "HighBit": high, "PixelRepresentation": int(signed)} | window
    plain = write_dicom(tmp_path / "plain.dcm", values, **window)
    odd = write_dicom(tmp_path / "odd.dcm", raw, syntax=syntax, **described)
    assert np.array_equal(images.read(odd), images.read(plain))


SHAPE = "expected MONOCHROME2 with the presentation LUT shape that belongs to it"


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"HighBit": 10}, "expected HighBit 11 of 12 bits stored in 16, got 10"),
        ({"HighBit": 16}, "expected HighBit 11 of 12 bits stored in 16, got 16"),
        ({"RescaleSlope": "0", "RescaleIntercept": "5"}, "expected a RescaleSlope other than 0, got 0"),
        ({"WindowCenter": 9000, "WindowWidth": 2}, "expected a picture, got 1920 pixels that all come out as 0"),
        ({"PresentationLUTShape": "INVERSE"}, SHAPE),
        ({"PresentationLUTSequence": [Dataset()]}, SHAPE),
        ({"PixelPresentation": "MIXED"}, "got some with a supplemental palette"),
    ],
)
def test_attributes_that_contradict_or_are_not_applied_are_refused(tmp_path, elements, message):
    path = write_dicom(tmp_path / "a.dcm", ramp(), **TWELVE | elements)
    assert message in refusal(images.read, path)


@pytest.mark.parametrize(
    ("photometric", "shape"), [("MONOCHROME1", "INVERSE"), ("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "IDENTITY")]
)
def test_presentation_lut_shapes_that_are_usual_are_read(tmp_path, photometric, shape):
    images.read(write_dicom(tmp_path / "a.dcm", ramp(), photometric, **TWELVE, PresentationLUTShape=shape))


@pytest.mark.parametrize("names", [["PixelPaddingValue"], ["PixelPaddingValue", "PixelPaddingRangeLimit"]])
def test_padding_is_known_by_its_bits(tmp_path, names):
    """-2000 as some devices write it: 63536, unsigned, among signed pixels."""
    values = np.pad(np.random.default_rng(5).normal(1000, 100, (50, 50)).astype(np.int16), 20, constant_values=-2000)
    right = write_dicom(tmp_path / "right.dcm", values, **dict.fromkeys(names, -2000))
    dataset = pydicom.dcmread(right)
    for name in names:
        dataset[name].VR, dataset[name].value = "US", 63536
    dataset.save_as(tmp_path / "wrong.dcm")
    without = write_dicom(tmp_path / "without.dcm", values)
    assert np.array_equal(images.read(tmp_path / "wrong.dcm"), images.read(right))
    assert not np.array_equal(images.read(right), images.read(without))


def test_an_empty_rescale_changes_nothing(tmp_path):
    plain = images.read(write_dicom(tmp_path / "a.dcm", ramp(), **TWELVE, **WINDOW))
    for slope, intercept in ((None, None), ("1", None), (None, "0")):
        rescale = {"RescaleSlope": slope, "RescaleIntercept": intercept}
        path = write_dicom(tmp_path / "b.dcm", ramp(), **TWELVE, **WINDOW, **rescale)
        assert np.array_equal(images.read(path), plain)


def test_planes_one_after_the_other_are_the_same_colours(tmp_path):
    colour = noise(6, 8, 3)
    mixed = write_dicom(tmp_path / "a.dcm", colour, "RGB")
    planes = np.ascontiguousarray(colour.transpose(2, 0, 1)).reshape(colour.shape)
    apart = write_dicom(tmp_path / "b.dcm", planes, "RGB", PlanarConfiguration=1)
    assert np.array_equal(images.read(apart), images.read(mixed))


def test_an_overlay_among_the_bits_of_pixels_is_told(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", ramp(), **TWELVE)
    dataset = pydicom.dcmread(path)
    dataset.add_new(0x60000102, "US", 15)
    dataset.save_as(path)
    assert any("overlay" in remark for remark in dicom_header.read(path, path.read_bytes()).remarks)


# ---- dcmtk


needs_dcmtk = pytest.mark.skipif(shutil.which("dcm2pnm") is None, reason="no dcmtk: apt-get install dcmtk")


def by_dcmtk(path, *options):
    """Draw a file with dcmtk, as grey."""
    out = path.with_suffix(".pnm")
    subprocess.run(["dcm2pnm", "--write-raw-pnm", *options, path, out], check=True, capture_output=True)
    with Image.open(out) as image:
        return np.array(image.convert("L"))


@needs_dcmtk
@SYNTAXES
def test_dcmtk_draws_the_same(tmp_path, syntax):
    values, signed = ramp(), ramp().astype(np.int16) - 2048
    shifted = {"BitsStored": 12, "HighBit": 15} | WINDOW
    hounsfield = {"RescaleSlope": "2", "RescaleIntercept": "-1024", "WindowCenter": 40, "WindowWidth": 3000}
    cases = {
        "plain": write_dicom(tmp_path / "1.dcm", values, syntax=syntax, **TWELVE, **WINDOW),
        "inverted": write_dicom(tmp_path / "2.dcm", values, "MONOCHROME1", syntax=syntax, **TWELVE, **WINDOW),
        "high bit": write_dicom(tmp_path / "3.dcm", (values << 4).astype(np.uint16), syntax=syntax, **shifted),
        "signed": write_dicom(tmp_path / "4.dcm", signed, syntax=syntax, **hounsfield),
        "narrow": write_dicom(tmp_path / "5.dcm", values, syntax=syntax, **TWELVE, WindowCenter=900, WindowWidth=400),
    }
    for name, path in cases.items():
        difference = np.abs(images.read(path).astype(int) - by_dcmtk(path, "+Wi", "1"))  # first window
        assert difference.max() <= 1, name


@needs_dcmtk
@SYNTAXES
@pytest.mark.parametrize(("bits", "stored_in"), [(8, 8), (16, 16)])
def test_dcmtk_looks_up_the_same_colours(tmp_path, syntax, bits, stored_in):
    elements, _ = palette(bits, stored_in, syntax)
    path = write_dicom(tmp_path / "a.dcm", noise(9, 12), "PALETTE COLOR", syntax=syntax, **elements)
    assert np.abs(by_dcmtk(path).astype(int) - images.read(path)).max() <= 1
