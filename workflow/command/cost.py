"""Write the cost map of one cover: float64 as .npy, or a picture as .png (dark: cheap, white: wet)."""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import embedders
from embedders import own
from stegdata import DataError
from stegdata.files import atomic_write
from workflow.command import covers, outputs

#: Quantiles of the finite costs that are drawn black and in the lightest grey.
DARKEST, LIGHTEST = 0.01, 0.99
WET = 255


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `run`."""
    parser.add_argument("cover", type=Path, metavar="IN", help="PGM or PNG of 8-bit grey, or a JPEG (its luminance)")
    parser.add_argument("--embedder", default="suniward", metavar="NAME", help="or your own file (default: suniward)")
    parser.add_argument("--out", required=True, type=Path, metavar="MAP", help="map.npy or map.png, a new file")
    parser.add_argument("--force", action="store_true", help="replace a map.png that this command wrote before")


def run(options: argparse.Namespace) -> None:
    """Write the map; raises DataError or EmbedderError."""
    ending = options.out.suffix.lower()
    if ending not in (".npy", ".png"):
        raise DataError(f"{options.out}: expected the ending .npy or .png, got {ending or 'none'!r}")
    outputs.check([options.out], [options.cover], force=options.force)
    name = own.resolve_name(options.embedder)
    rho = embedders.cost(name, *covers.read(options.cover, embedders.EMBEDDERS[name].domain).arrays)
    if ending == ".png":
        outputs.write_png(options.out, picture(rho))
    else:
        with atomic_write(options.out) as temporary, temporary.open("wb") as file:
            np.save(file, rho)
    height, width = rho.shape
    wet = np.count_nonzero(np.isinf(rho))
    print(f"{options.out}: {height}x{width} costs, median {np.median(rho):.4g}, {wet} wet")


def picture(rho: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Draw costs on a logarithmic scale, uint8 of the same shape: dark where cheap, white where wet."""
    drawn = np.full(rho.shape, WET, np.uint8)
    finite = np.isfinite(rho)
    if not finite.any():
        return drawn
    logarithm = np.log(np.maximum(rho[finite], np.finfo(np.float64).tiny))
    low, high = np.quantile(logarithm, (DARKEST, LIGHTEST))
    share = (logarithm - low) / (high - low) if high > low else np.zeros_like(logarithm)
    drawn[finite] = np.clip(share * (WET - 1), 0, WET - 1).round().astype(np.uint8)
    return drawn
