"""`stegdata.formats.dicom`, on files made here and on those of pydicom's wheel."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from making_dicom import write_dicom
from pictures import noise
from PIL import Image
from pydicom.dataset import Dataset
from refusals import refusal

from stegdata.errors import DataError
from stegdata.formats import images


def test_dicom_of_8_bits_stays_and_monochrome1_is_inverted(tmp_path):
    image = noise(7, 5)
    assert np.array_equal(images.read(write_dicom(tmp_path / "a.dcm", image)), image)
    assert np.array_equal(images.read(write_dicom(tmp_path / "a", image, "MONOCHROME1")), 255 - image)
    assert np.array_equal(images.read(write_dicom(tmp_path / "b.dcm", image), frame=0), image)
    wide = write_dicom(tmp_path / "c.dcm", image.astype(np.uint16), BitsStored=8, HighBit=7)
    assert np.array_equal(images.read(wide), image)


def test_dicom_modality_and_first_window(tmp_path):
    stored = np.arange(-600, 600, dtype=np.int16).reshape(30, 40)
    path = tmp_path / "a.dcm"
    window = {"RescaleSlope": 2, "RescaleIntercept": -100, "WindowCenter": [40, 500], "WindowWidth": [401, 90]}
    read = images.read(write_dicom(path, stored, **window))
    hounsfield = 2.0 * stored - 100
    expected = np.clip(np.floor((hounsfield + 160.5) / 400 * 255 + 0.5), 0, 255)
    assert np.array_equal(read, expected)
    inverted = images.read(write_dicom(path, stored, "MONOCHROME1", **window))
    assert np.array_equal(inverted, 255 - expected)
    exact = images.read(write_dicom(path, stored, VOILUTFunction="LINEAR_EXACT", **window))
    assert np.array_equal(exact, np.clip(np.floor(((hounsfield - 40) / 401 + 0.5) * 255 + 0.5), 0, 255))
    sigmoid = images.read(write_dicom(path, stored, VOILUTFunction="SIGMOID", **window))
    assert np.array_equal(sigmoid, np.floor(255 / (1 + np.exp(-4 * (hounsfield - 40) / 401)) + 0.5))
    refusal(images.read, write_dicom(path, stored, WindowCenter=4, WindowWidth=0))


def test_dicom_window_agrees_with_pydicom(tmp_path):
    stored = noise(40, 40).astype(np.uint16) * 16
    path = write_dicom(tmp_path / "a.dcm", stored, BitsStored=12, HighBit=11, WindowCenter=1800, WindowWidth=2500)
    expected = pydicom.pixels.apply_windowing(stored, pydicom.dcmread(path)) * (255 / 4095)
    assert np.abs(images.read(path) - expected).max() <= 0.5001


def test_dicom_without_window_takes_percentiles_without_padding(tmp_path):
    stored = np.random.default_rng(5).normal(1000, 100, (50, 50)).astype(np.int16)
    low, high = np.percentile(stored, [0.5, 99.5])
    expected = np.clip(np.floor((stored - low) / (high - low) * 255 + 0.5), 0, 255)
    assert np.array_equal(images.read(write_dicom(tmp_path / "a.dcm", stored)), expected)
    padded = np.pad(stored, 20, constant_values=-2000)
    read = images.read(write_dicom(tmp_path / "a.dcm", padded, PixelPaddingValue=-2000))
    assert np.array_equal(read[20:-20, 20:-20], expected) and not read[:20].any()
    assert "window" in refusal(images.read, write_dicom(tmp_path / "a.dcm", np.full((4, 4), 9, np.int16)))


def test_dicom_voi_lut(tmp_path):
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [4, 0, 12], [0, 819, 4095, 2048]
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    stored = np.array([[0, 1], [2, 3], [9, 1]], np.uint16)
    path = write_dicom(tmp_path / "a.dcm", stored, VOILUTSequence=[item])
    assert images.read(path).tolist() == [[0, 51], [255, 128], [128, 51]]


def test_dicom_window_of_functional_groups(tmp_path):
    voi, group = Dataset(), Dataset()
    voi.WindowCenter, voi.WindowWidth = 100.5, 256
    group.FrameVOILUTSequence = [voi]
    stored = np.arange(400, dtype=np.uint16).reshape(20, 20)
    path = write_dicom(tmp_path / "a.dcm", stored, SharedFunctionalGroupsSequence=[group])
    assert np.array_equal(images.read(path), np.clip(np.floor(stored - 100.0 + 127.5 + 0.5), 0, 255))


def test_dicom_colour_is_luma(tmp_path):
    colour = noise(6, 8, 3)
    luma = np.array(Image.fromarray(colour).convert("L"))
    assert np.array_equal(images.read(write_dicom(tmp_path / "a.dcm", colour, "RGB")), luma)
    ybr = np.array(Image.fromarray(colour).convert("YCbCr"))
    read = images.read(write_dicom(tmp_path / "a.dcm", ybr, "YBR_FULL"))
    assert np.abs(read.astype(int) - luma).max() <= 2
    assert "16" in refusal(images.read, write_dicom(tmp_path / "a.dcm", colour.astype(np.uint16), "RGB"))


def test_dicom_frames_only_when_asked(tmp_path):
    frames = np.stack([noise(6, 8, seed=seed) for seed in range(3)])
    path = write_dicom(tmp_path / "a.dcm", frames.reshape(18, 8), NumberOfFrames=3, Rows=6)
    assert "multi-frame DICOM of 3" in refusal(images.read, path)
    for index in range(3):
        assert np.array_equal(images.read(path, frame=index), frames[index])
    for index in (3, -1):
        assert "from 0 to 2" in refusal(images.read, path, frame=index)
    Image.fromarray(frames[0]).save(tmp_path / "a.png")
    refusal(images.read, tmp_path / "a.png", frame=0)


@pytest.mark.filterwarnings("ignore")
def test_broken_dicom_is_refused(tmp_path):
    whole = write_dicom(tmp_path / "a.dcm", noise(20, 20)).read_bytes()
    for length in range(1, len(whole), 29):
        (tmp_path / "b.dcm").write_bytes(whole[:length])
        assert "b.dcm: expected" in refusal(images.read, tmp_path / "b.dcm")
    (tmp_path / "b.dcm").write_bytes(b"no DICOM at all")
    refusal(images.read, tmp_path / "b.dcm")


def pydicom_files():
    return sorted((Path(pydicom.__file__).parent / "data" / "test_files").glob("*.dcm"))


@pytest.mark.filterwarnings("ignore")
def test_every_file_of_pydicom_is_read_or_refused():
    refused = {}
    for path in pydicom_files():
        try:
            image = images.read(path)
            assert image.dtype == np.uint8 and image.ndim == 2, path.name
        except DataError as error:
            refused[path.name] = str(error)
    assert "gdcm" in refused["MR_small_jpeg_ls_lossless.dcm"]
    assert "12-bit" in refused["JPGExtended.dcm"] and "pylibjpeg" in refused["JPGExtended.dcm"]
    assert "PixelData" in refused["rtplan.dcm"] and "float" not in refused["rtplan.dcm"]
    assert "segmentation" in refused["liver_1frame.dcm"]
    assert "bytes of pixel data" in refused["MR_truncated.dcm"]
    assert {"CT_small.dcm", "MR_small.dcm", "examples_palette.dcm", "JPEG2000.dcm", "MR_small_RLE.dcm"}.isdisjoint(
        refused
    )


@pytest.mark.filterwarnings("ignore")
def test_the_same_slice_in_many_syntaxes_is_the_same_image():
    paths = [path for path in pydicom_files() if path.name.startswith("MR_small") and "jpeg_ls" not in path.name]
    assert len(paths) >= 6
    for path in paths:
        assert np.array_equal(images.read(path), images.read(paths[0])), path.name
