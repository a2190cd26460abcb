"""`stegdata.history`: which pixels were once a JPEG."""

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image
from refusals import refusal

from stegdata import history


def once_jpeg(image, quality):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def photographs():
    """Never compressed, or reduced since: corners of the photographs that scikit-image brings, halved."""
    for name in ("camera", "brick", "grass", "gravel", "moon"):
        image = getattr(skimage.data, name)()
        yield np.asarray(Image.fromarray(image).resize((256, 256), Image.Resampling.BOX))


@pytest.mark.parametrize("quality", [50, 60, 75, 80, 90, 95])
def test_the_quality_of_a_former_compression_is_found(quality):
    found = [history.quality(once_jpeg(image, quality)) for image in photographs()]
    assert found.count(quality) >= 4 and None not in found


def test_photographs_that_were_never_compressed_bear_no_traces():
    images = [*photographs(), np.random.default_rng(1).integers(0, 256, (128, 128)).astype(np.uint8)]
    images += [np.full((64, 64), 100, np.uint8), images[0][:64, :64], np.zeros((5, 7), np.uint8)]
    assert [history.quality(image) for image in images] == [None] * len(images)


def test_a_grid_that_begins_elsewhere_and_a_reduction_hide_it():
    image = once_jpeg(next(photographs()), 75)
    assert history.quality(image[8:, 16:]) == 75
    assert history.quality(image[3:, 5:]) is None
    assert history.quality(np.asarray(Image.fromarray(image).resize((128, 128), Image.Resampling.BICUBIC))) is None


@pytest.mark.parametrize(
    ("is_jpeg", "reduced", "reason"),
    [
        (True, 1.0, "as a JPEG file"),
        (True, 2.0, None),
        (False, 1.9, "as traces of JPEG compression"),
        (False, 2.5, None),
    ],
)
def test_covers_are_noted_unless_reduced_by_two(is_jpeg, reduced, reason):
    image = once_jpeg(next(photographs()), 75)
    told = history.remark(image, is_jpeg=is_jpeg, reduced=reduced)
    assert told is None if reason is None else told.startswith(reason)
    assert history.remark(next(photographs()), is_jpeg=False, reduced=1.0) is None


def test_a_source_refuses_such_images_or_notes_them():
    remarks = {"a": "as a JPEG file, x", "b": None, "c": "as a JPEG file, x"}
    noted = history.checked(remarks, refuse=False, source="mine")
    assert [note.cover for note in noted] == ["a", "c"] and history.checked(
        {"b": None}, refuse=True, source="mine"
    ) == []
    message = refusal(history.checked, remarks, refuse=True, source="mine")
    assert message.startswith("source mine: expected images that were never JPEG") and "got 2 others: a" in message
    assert "set history: warn" in message
