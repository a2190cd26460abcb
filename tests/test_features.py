"""Feature sets: plain loops, the authors' arrays, symmetries, bad input, one version for the same bits."""

import hashlib
import re
from itertools import pairwise

import naive_features
import naive_jpeg
import numpy as np
import pytest
import scipy.io
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from marks import needs_kernels
from numba import config
from PIL import Image

from models import ModelError
from models.features import FEATURES, extract, jpeg, layout, spam, srm
from stegdata.formats.jpeg_quality import STANDARD_LUMINANCE

RNG = np.random.default_rng(7)
IMAGES = {
    "noise": RNG.integers(0, 256, (13, 17), np.uint8),
    "flat": np.full((9, 11), 77, np.uint8),
    "ends": RNG.choice(np.array([0, 255], np.uint8), (11, 9)),
    "ramp": np.add.outer(np.arange(12), 2 * np.arange(10)).astype(np.uint8),
    "smooth": skimage.data.camera()[100:114, 200:215].copy(),
}
TABLES = {
    quality: np.clip((STANDARD_LUMINANCE * (200 - 2 * quality) + 50) // 100, 1, 255).astype(np.uint16)
    for quality in (50, 75, 95)
}


def planes():
    """Small planes of coefficients: textured, flat, empty and large ones."""
    coefficients = {"noise": RNG.integers(-6, 7, (24, 32)), "empty": np.zeros((16, 24), int)}
    coefficients["flat"] = np.zeros((16, 16), int)
    coefficients["flat"][::8, ::8] = -40
    coefficients["large"] = RNG.integers(-1024, 1024, (16, 16))
    return {name: plane.astype(np.int16) for name, plane in coefficients.items()}


PLANES = planes()


def split(name, features):
    """Sub-model -> its features."""
    names, lengths = zip(*layout(name), strict=True)
    return dict(zip(names, np.split(features, np.cumsum(lengths)[:-1]), strict=True))


@needs_kernels
@pytest.mark.parametrize("name", FEATURES)
def test_dimension_layout_and_dtype(name):
    feature_set = FEATURES[name]
    image = [PLANES["noise"], TABLES[75]] if feature_set.domain == "jpeg" else [IMAGES["noise"]]
    vector = extract(name, *image)
    assert vector.dtype == np.float32 and vector.shape == (feature_set.dimension,)
    assert sum(length for _, length in layout(name)) == feature_set.dimension
    assert "doi:" in feature_set.citation and np.isfinite(vector).all()


@pytest.mark.parametrize("picture", ["ends"] if config.DISABLE_JIT else IMAGES)
def test_srm_matches_plain_loops(picture):
    submodels = split("srm", extract("srm", IMAGES[picture]))
    chosen = ["s1_minmax34h_q1", "s1_minmax48v_q2", "s1_minmax54_q2", "s2_minmax24v_q15", "s2_minmax32_q1"]
    chosen += ["s3_minmax22v_q15", "s3_minmax41_q2", "s3x3_minmax24_q1", "s3x3_minmax22v_q15", "s5x5_minmax41_q1"]
    for submodel in chosen:
        residual, name, q = submodel.split("_")
        expected = naive_features.srm_part(IMAGES[picture], residual, name, srm.QUANTISATIONS[q])
        np.testing.assert_array_equal(submodels[submodel], expected, submodel)
    for submodel in ("s1_spam14hv_q1", "s2_spam12hv_q15", "s3x3_spam14hv_q2", "s5x5_spam14hv_q1"):
        residual, name, q = submodel.split("_")
        halves = [f"{name[:-2]}h", f"{name[:-2]}v"]
        expected = [naive_features.srm_part(IMAGES[picture], residual, half, srm.QUANTISATIONS[q]) for half in halves]
        np.testing.assert_allclose(
            submodels[submodel], np.concatenate(expected), rtol=1e-6, atol=1e-7, err_msg=submodel
        )


@needs_kernels
def test_srmq1_is_the_first_quantisation_of_srm():
    whole, part = (split(name, extract(name, IMAGES["smooth"])) for name in ("srm", "srmq1"))
    assert list(part) == [name for name in whole if name.endswith("_q1")]
    for name, values in part.items():
        np.testing.assert_array_equal(values, whole[name])


@needs_kernels
@pytest.mark.parametrize("seal", [1, 2, 3, 4])
def test_srm_equals_the_authors_arrays(seal):
    image = np.asarray(Image.open(naive_jpeg.reference("cover") / f"seal{seal}.png"))
    expected = scipy.io.loadmat(naive_jpeg.reference("features/srm") / f"seal{seal}.mat")
    expected = {name: values.reshape(-1) for name, values in expected.items() if not name.startswith("__")}
    assert list(expected) == [name for name, _ in layout("srm")]
    for name, values in split("srm", extract("srm", image)).items():
        np.testing.assert_array_equal(values, expected[name], name)


@given(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(4, 9), st.integers(4, 9)), elements=st.integers(0, 8) | st.integers(0, 255)
    )
)
@settings(max_examples=30)
def test_spam_matches_plain_loops(image):
    np.testing.assert_allclose(extract("spam", image), naive_features.spam(image), rtol=1e-6)


@needs_kernels
@pytest.mark.parametrize("seal", [1, 2, 3, 4])
def test_spam_equals_the_authors_arrays(seal):
    """Theirs are of unrounded pixels, whose differences they clip and round: ours of pixels with those differences."""
    plane, table = naive_jpeg.read_jpeg(naive_jpeg.reference("cover_jpeg_q75") / f"seal{seal}.jpg")
    pixels = jpeg.decompress(plane, table)
    expected = scipy.io.loadmat(naive_jpeg.reference("features/spam") / f"seal{seal}.mat")["features"].reshape(-1)
    counted = [[triples(pixels, *step) for step in steps] for steps in (spam.STRAIGHT, spam.DIAGONAL)]
    np.testing.assert_allclose(np.concatenate([spam.shares(counts) for counts in counted]), expected, atol=1e-15)


def triples(pixels, rows, columns):
    """Counts of three differences in a row, of pixels that are no integers."""
    height, width = pixels.shape
    top, left = max(0, -3 * rows), max(0, -3 * columns)
    windows = [np.s_[top + k * rows : top + k * rows + height - abs(3 * rows), left + k * columns :] for k in range(4)]
    values = [pixels[window][:, : width - abs(3 * columns)] for window in windows]
    differences = [np.clip(a - b, -3, 3) for a, b in pairwise(values)]
    levels = [(np.sign(values) * np.floor(np.abs(values) + 0.5 + 5.01e-6)).astype(int) + 3 for values in differences]
    return np.bincount(((levels[0] * 7 + levels[1]) * 7 + levels[2]).reshape(-1), minlength=343)


@needs_kernels
@pytest.mark.parametrize("name", ["spam", "srmq1"])
@given(image=arrays.arrays(np.uint8, (9, 11), elements=st.integers(0, 12)), turn=st.integers(0, 7))
@settings(max_examples=20)
def test_spatial_sets_do_not_see_how_an_image_is_turned(name, image, turn):
    """SPAM averages all directions. SRM's submodels for rows and columns change windows, and all others stay."""
    turned = np.rot90(image[:, ::-1] if turn >= 4 else image, turn % 4)
    upright, moved = split(name, extract(name, image)), split(name, extract(name, turned))
    for submodel in upright:
        if name == "spam" or re.search(r"minmax(41|34|54|24|21)_", submodel):
            np.testing.assert_allclose(upright[submodel], moved[submodel], rtol=1e-5, atol=1e-6, err_msg=submodel)


@pytest.mark.parametrize("plane", ["flat"] if config.DISABLE_JIT else PLANES)
@pytest.mark.parametrize("quality", [50, 75, 95])
def test_dctr_matches_plain_loops(plane, quality):
    features = extract("dctr", PLANES[plane], TABLES[quality])
    expected = naive_features.dctr(PLANES[plane], TABLES[quality].astype(float), quality)
    np.testing.assert_allclose(features, expected, rtol=1e-6)


@pytest.mark.parametrize("plane", ["flat"] if config.DISABLE_JIT else PLANES)
@pytest.mark.parametrize("quality", [75, 95])
def test_gfr_matches_plain_loops(plane, quality):
    features = extract("gfr", PLANES[plane], TABLES[quality]).reshape(2, 4, 17, 125)
    for sine, scale, angle in [(0, 0, 0), (0, 1, 5), (0, 3, 16), (1, 0, 0), (1, 2, 11), (1, 3, 16)]:
        expected = naive_features.gfr_part(
            PLANES[plane], TABLES[quality].astype(float), quality, bool(sine), jpeg.SCALES[scale], angle
        )
        np.testing.assert_allclose(features[sine, scale, angle], expected, rtol=1e-6)


@pytest.mark.parametrize("sine", [False, True])
@pytest.mark.parametrize("scale", jpeg.SCALES)
def test_gabor_filters_are_those_of_the_formula(scale, sine):
    for angle in range(32):
        expected = naive_features.gabor(scale, angle, sine)
        np.testing.assert_allclose(jpeg.gabor(scale, angle, sine), expected, atol=1e-15)


@needs_kernels
@pytest.mark.parametrize(("name", "tolerance"), [("dctr", 0), ("gfr", 6e-8)])
@pytest.mark.parametrize("seal", [1, 2, 3, 4])
def test_jpeg_sets_agree_with_the_authors_arrays(seal, name, tolerance):
    plane, table = naive_jpeg.read_jpeg(naive_jpeg.reference("cover_jpeg_q75") / f"seal{seal}.jpg")
    expected = scipy.io.loadmat(naive_jpeg.reference(f"features/{name}") / f"seal{seal}.mat")["features"].reshape(-1)
    np.testing.assert_allclose(extract(name, plane, table), expected.astype(np.float32), rtol=0, atol=tolerance)


@needs_kernels
@pytest.mark.parametrize("shape", [(16, 16), (16, 152), (2104, 16)])
def test_strips_and_packed_counters_have_room(shape):
    """Wider than a strip, higher than what one field counts of a phase: every response is counted once."""
    plane = np.zeros(shape, np.int16)
    plane[::8, ::8] = RNG.integers(-200, 200, (shape[0] // 8, shape[1] // 8))
    for name in ("dctr", "gfr"):
        groups = extract(name, plane, TABLES[75]).reshape(-1, 5).sum(axis=1)
        np.testing.assert_allclose(groups, 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "image", "message"),
    [
        ("srn", [IMAGES["noise"]], "feature set: expected one of spam, srm, .*did you mean 'srm'"),
        ("srm", [IMAGES["noise"].astype(float)], "features srm: expected 8-bit grey pixels, uint8 .*got float64 "),
        ("spam", [np.zeros((8, 8, 3), np.uint8)], r"features spam: expected .*got uint8 \[8, 8, 3\]"),
        ("srm", [np.zeros((7, 40), np.uint8)], "features srm: expected an image of 8x8 pixels or more, got 40x7"),
        ("srm", [IMAGES["noise"], TABLES[75]], "features srm: expected pixels alone, got a quantization table too"),
        ("dctr", [PLANES["noise"]], "features dctr: expected DCT coefficients and their quantization table"),
        ("dctr", [np.zeros((20, 16), np.int16), TABLES[75]], "expected whole 8x8 blocks"),
        ("gfr", [PLANES["noise"], TABLES[50]], "features gfr: expected JPEG quality 75 or 95, .*got 50"),
        ("dctr", [PLANES["noise"], TABLES[75] + 1], "expected JPEG quality 50 to 99, .*got no standard table"),
        ("dctr", [PLANES["noise"].astype(float), TABLES[75]], "expected DCT coefficients of one component, int"),
    ],
)
def test_bad_input_is_one_clear_error(name, image, message):
    with pytest.raises(ModelError, match=message):
        extract(name, *image)


@needs_kernels
@pytest.mark.parametrize(
    ("name", "version", "digest"),
    [
        ("spam", 1, "faad5512902a398a"),
        ("srm", 1, "7292c978200231d8"),
        ("srmq1", 1, "3002247f6576d2e1"),
        ("dctr", 1, "07a3fedd182a8f67"),
        ("gfr", 1, "d811cf876e6f5d55"),
    ],
)
def test_a_version_stands_for_these_bits(name, version, digest):
    """Whoever changes a bit raises the version, so that feature files are made again."""
    image = [PLANES["noise"], TABLES[75]] if FEATURES[name].domain == "jpeg" else [IMAGES["smooth"]]
    assert FEATURES[name].version == version
    assert hashlib.sha256(extract(name, *image).tobytes()).hexdigest()[:16] == digest
