"""Photographs of noise in a folder, and covers made of them."""

from pictures import noise
from PIL import Image

from stegdata import covers, sources


def photographs(folder, count=5, height=40, width=40):
    """PNGs 0, 1, ..., each a pixel wider than the one before."""
    folder.mkdir(parents=True)
    for number in range(count):
        Image.fromarray(noise(height, width + number, seed=number)).save(folder / f"{number}.png")
    return folder


def make(tmp_path, names="01234", size=16, resize="matlab", folder="train-000", tiles=1):
    """Covers of the photographs in `photos`."""
    source = sources.opened("folder", tmp_path / "photos")
    covers.make(tmp_path / folder, source, list(names), size=size, resize=resize, tiles=tiles)
