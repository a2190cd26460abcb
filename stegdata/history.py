"""Former JPEG compression of an image that is stored as pixels, from the histogram of its block-DCT coefficients.

Stegos in pixels that were once a JPEG are told by the traces alone: the DCT coefficients of such a cover lie near
multiples of its quantization table, and any embedding in pixels moves them away. After Z. Fan, R. de Queiroz,
"Identification of bitmap compression history", IEEE TIP 12(2), 2003, doi:10.1109/TIP.2002.807361.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from stegdata.errors import DataError, with_others
from stegdata.exclusions import NOTED, Exclusion
from stegdata.formats.jpeg_quality import standard_table

#: Qualities to look for: above, steps are too small for pixels that were rounded.
QUALITIES = range(30, 96)
#: Standard deviation of a coefficient about its multiple, from the rounding of pixels, with some room for clipping.
DEVIATION = 0.4
#: Smallest step that stands out from it, fewest coefficients that say anything, and how much each must say, in nats.
STEP, FEWEST, LEAST = 3, 40, 0.35
#: Coefficients that are enough.
MOST = 4000
#: Log-likelihood of one coefficient that fits no multiple: saturated pixels are allowed some.
WORST = -4.0
#: Ends a remark on such a cover.
GIVEN_AWAY = "whose stegos in pixels are given away by compression"
#: Side in pixels of the middle of an image that is looked at.
SIDE = 256


def quality(image: NDArray[np.uint8]) -> int | None:
    """Estimate the quality of a former JPEG compression on the grid of 8x8 blocks that begins at the first pixel.

    Parameters
    ----------
    image : numpy.ndarray
        uint8 [height, width].

    Returns
    -------
    int or None
        Quality factor of libjpeg, 30 to 95; None without traces, or with too little texture to tell.
    """
    coefficients = _coefficients(image)
    coefficients[:, 0] = 0  # the mean of a block says little
    block, mode = np.nonzero(np.abs(coefficients) >= STEP / 2)
    every = max(1, -(-len(block) // MOST))
    block, mode = block[::every], mode[::every]
    values = np.abs(coefficients[block, mode])
    best, most = None, LEAST
    for candidate in QUALITIES:
        table = standard_table(candidate).reshape(-1).astype(np.float64)
        steps = np.where(table >= STEP, table, np.inf)[mode]
        chosen = values >= steps / 2
        if np.count_nonzero(chosen) < FEWEST:
            continue
        steps = steps[chosen]
        distances = values[chosen] - np.rint(values[chosen] / steps) * steps
        # normal about a multiple, against evenly between two
        fits = np.log(steps / (DEVIATION * np.sqrt(2 * np.pi))) - distances**2 / (2 * DEVIATION**2)
        mean = float(np.maximum(fits, WORST).mean())
        if mean > most:
            best, most = candidate, mean
    return best


def _coefficients(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """DCT coefficients of the whole blocks in the middle of an image: float64 [n, 64]."""
    top, left = (max(0, (side - SIDE) // 2) // 8 * 8 for side in image.shape)
    middle = image[top : top + SIDE, left : left + SIDE]
    height, width = (side // 8 for side in middle.shape)
    blocks = middle[: 8 * height, : 8 * width].reshape(height, 8, width, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)
    return dctn(blocks.astype(np.float64) - 128, axes=(1, 2), norm="ortho").reshape(-1, 64)


def remark(image: NDArray[np.uint8], *, is_jpeg: bool, reduced: float) -> str | None:
    """Say that a cover of this image gives spatial stegos away: it was a JPEG, and is reduced by less than two."""
    if reduced >= 2:
        return None
    if is_jpeg:
        return f"as a JPEG file, {GIVEN_AWAY}"
    return None if quality(image) is None else f"as traces of JPEG compression are in its pixels, {GIVEN_AWAY}"


def checked(remarks: Mapping[str, str | None], *, refuse: bool, source: str) -> list[Exclusion]:
    """Return the remarks on images as notes; DataError where a source refuses such images."""
    notes = [Exclusion(name, NOTED, reason) for name, reason in remarks.items() if reason]
    if refuse and notes:
        message = (
            f"source {source}: expected images that were never JPEG, or are reduced by two, got {len(notes)} others"
        )
        shown = with_others(f"{message}: {notes[0].cover}", [note.cover for note in notes[1:]])
        raise DataError(f"{shown}: choose a smaller size, name them under `exclude`, or set history: warn")
    return notes


def count(notes: Iterable[Exclusion]) -> int:
    """Count the images that bear such a remark."""
    return sum(note.reason.endswith(GIVEN_AWAY) for note in notes)
