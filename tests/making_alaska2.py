"""A folder in the layout of ALASKA2, made of photographs by our own embedders, and its pairs."""

import skimage.data
from making_archives import opened
from PIL import Image

import embedders
from stegdata import sources
from stegdata.formats import jpeg

#: Embedder -> folder of its stegos.
STEGOS = sources.KINDS["alaska2"].stego_folders
PAYLOAD = 0.4
#: ID -> photograph, height, width, quality; IDs with gaps, sizes on the 8x8 grid and off it.
PHOTOGRAPHS = {
    "00001": (skimage.data.astronaut, 96, 128, 75),
    "00004": (skimage.data.coffee, 104, 88, 90),
    "00005": (skimage.data.chelsea, 72, 120, 95),
    "00017": (skimage.data.rocket, 100, 90, 75),
    "00100": (skimage.data.immunohistochemistry, 128, 128, 90),
    "80005": (skimage.data.retina, 81, 127, 95),
}


def embed_all(path, names):
    """Stegos of the named covers by every embedder, in all three components, as ALASKA2 was made."""
    for embedder, folder in STEGOS.items():
        (path / folder).mkdir(exist_ok=True)
        for name in names:
            cover = jpeg.read(path / "Cover" / f"{name}.jpg")
            seed = embedders.simulate.stego_seed(1, embedder, 1, PAYLOAD, name)
            planes, tables = cover.coefficients, cover.quantization_tables
            made = embedders.embed_planes(embedder, planes, tables, payload=PAYLOAD, seed=seed, channels="all")
            jpeg.write(path / folder / f"{name}.jpg", cover, [embedding.stego for embedding in made])


def make(path):
    """The folder, whole."""
    (path / "Cover").mkdir(parents=True)
    for name, (photograph, height, width, quality) in PHOTOGRAPHS.items():
        small = Image.fromarray(photograph()).resize((width, height), Image.Resampling.LANCZOS)
        small.save(path / "Cover" / f"{name}.jpg", quality=quality, subsampling=0)
    embed_all(path, PHOTOGRAPHS)
    return path


def pairs_of(path, embedder="uerd", names=tuple(PHOTOGRAPHS), *, size=64, resize="crop", dropped=None, **more):
    """Pairs of a folder or zip; `dropped` gets the IDs that are left out."""
    dropped = [] if dropped is None else dropped
    return list(opened("alaska2", path).pairs(embedder, names, size=size, resize=resize, dropped=dropped, **more))
