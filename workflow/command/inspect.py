"""Say what a shard holds: counts, change rates, payloads, hash, provenance; optionally draw its first pairs."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stegdata import DataError
from stegdata.shards import Shard

GAP = 2
#: Grey levels that a change by one is drawn with.
GAIN = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `run` takes."""
    parser.add_argument("shard", type=Path, metavar="SHARD", help="an HDF5 file of pairs")
    parser.add_argument(
        "--sheet", type=Path, metavar="SHEET.png", help="draw cover | changes x 64 | stego of some pairs"
    )
    parser.add_argument("--pairs", type=int, default=8, help="on the sheet (default: 8)")


def run(options: argparse.Namespace) -> None:
    """Print, and draw; raises DataError."""
    from PIL import Image

    from stegdata import shards
    from stegdata.files import atomic_write, sha256

    if options.pairs < 1:
        raise DataError(f"--pairs: expected 1 or more, got {options.pairs}")
    shard = shards.read(options.shard)
    print(f"{options.shard}\nsha256         {sha256(options.shard)}")
    print("\n".join(describe(shard)))
    if options.sheet is not None:
        with atomic_write(options.sheet) as temporary:
            Image.fromarray(sheet(shard, options.pairs)).save(temporary, "PNG")
        print(f"{'sheet':<15}{options.sheet}: cover | changes x {GAIN} | stego")


def describe(shard: Shard) -> Iterator[str]:
    """Lines of name and value."""
    pairs, height, width = shard.cover.shape
    changed = (shard.cover != shard.stego).mean(axis=(1, 2))
    lines: dict[str, object] = {"pairs": pairs, "pixels": f"{height}x{width}"}
    lines["change rate"] = _spread(shard.change_rate)
    lines["pixels changed"] = _spread(changed)
    lines["payload"] = f"{_spread(shard.entropy_bits / shard.elements)} {shard.attributes.get('unit', '')}".strip()
    lines["names"] = f"{shard.names[0]} ... {shard.names[-1]}" if pairs > 1 else shard.names[0]
    if "quality" in shard.planes:
        lines["quality"] = ", ".join(map(str, np.unique(shard.planes["quality"]).tolist()))
    if shard.planes:
        lines["planes"] = ", ".join(f"{name} {list(plane.shape)}" for name, plane in shard.planes.items())
    for key, value in sorted(shard.attributes.items()):
        lines[f"@{key}"] = value
    for name, value in lines.items():
        yield f"{name:<14} {value}"


def sheet(shard: Shard, pairs: int) -> NDArray[np.uint8]:
    """Draw the first pairs, one a row: uint8, cover | middle grey and 64 times the change | stego."""
    rows = []
    for cover, stego in zip(shard.cover[:pairs], shard.stego[:pairs], strict=True):
        change = np.clip(128 + GAIN * (stego.astype(np.int16) - cover), 0, 255).astype(np.uint8)
        gap = np.full((cover.shape[0], GAP), 255, np.uint8)
        row = np.hstack([cover, gap, change, gap, stego])
        rows += [row, np.full((GAP, row.shape[1]), 255, np.uint8)]
    return np.vstack(rows[:-1])


def _spread(values: NDArray[np.float64]) -> str:
    return f"{values.mean():.4f} ({values.min():.4f} to {values.max():.4f})"
