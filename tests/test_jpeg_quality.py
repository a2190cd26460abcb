"""`stegdata.formats.jpeg_quality`: the quality that libjpeg was given is read off the file."""

import numpy as np
import pytest

from stegdata.formats import jpeg
from stegdata.formats.jpeg_quality import UNKNOWN, quality_of


@pytest.mark.parametrize("quality", range(1, 101))
def test_every_quality_is_found_in_a_file_of_libjpeg(tmp_path, quality):
    jpeg.encode(tmp_path / "a.jpg", np.arange(64, dtype=np.uint8).reshape(8, 8), quality)
    assert quality_of(jpeg.read(tmp_path / "a.jpg").quantization_tables[0]) == quality


def test_another_table_is_unknown():
    assert quality_of(np.full((8, 8), 7, np.uint16)) == UNKNOWN
