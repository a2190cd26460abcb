"""Embedding shown on some covers: cover | cost map | change probability | changes x 64 | stego."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

import embedders
from stegdata import DataError, covers, shards
from stegdata.names import Part, StegoSet
from workflow.report.style import Axes, Figure, styled
from workflow.report.table import write_csv

#: Covers of each stego set, evenly spread over one shard.
SHOWN = 3
#: Grey levels that a change by one is drawn with.
GAIN = 64
PANEL_INCHES = 2.1
GREYS = {"cmap": "gray", "vmin": 0, "vmax": 255, "interpolation": "nearest"}


class Strip(NamedTuple):
    """A cover, its stego and the maps between them, [height, width]; None if coefficients were not kept.

    `changes` are stego less cover, of pixels or of coefficients. `cost` is ln(p_0 / p), p the larger probability of +1
    and -1: lambda rho for additive costs, infinite where wet. `probability` is that of a change in either direction.
    """

    facts: dict[str, Any]
    cover: NDArray[np.uint8]
    stego: NDArray[np.uint8]
    changes: NDArray[np.int16]
    cost: NDArray[np.float64] | None
    probability: NDArray[np.float64] | None


def of_shard(stego_set: StegoSet, part: Part) -> list[Strip]:
    """Return strips of some pairs of a shard; DataError if a JPEG cover is not the shard's."""
    shard = shards.read(Path(stego_set.shard(part)))
    rows = np.unique(np.linspace(0, len(shard.names) - 1, SHOWN).round().astype(int))
    return [_strip(stego_set, part, shard, row) for row in rows.tolist()]


def _strip(stego_set: StegoSet, part: Part, shard: shards.Shard, row: int) -> Strip:
    cover, stego = np.asarray(shard.cover[row]), np.asarray(shard.stego[row])
    payload = float(shard.entropy_bits[row] / shard.elements[row])
    of_coefficients = "changes" in shard.planes
    facts = {"stego_set": str(stego_set), "cover": str(shard.names[row]), "shard": str(part), "row": row}
    facts |= {"seed": shard.attributes.get("seed", ""), "change_rate": float(shard.change_rate[row])}
    facts |= {"payload": payload, "of": "coefficients" if of_coefficients else "pixels"}
    changes = shard.planes["changes"][row] if of_coefficients else stego.astype(np.int16) - cover
    arrays = _embedded_in(stego_set, part, shard, row)
    if arrays is None:
        return Strip(facts, cover, stego, changes, None, None)
    requested = payload if stego_set.payload is None else stego_set.payload
    p_p1, p_m1 = embedders.change_probabilities(stego_set.embedder, *arrays, payload=requested)
    with np.errstate(divide="ignore", over="ignore"):  # of wet elements, and of those that almost never change
        cost = np.log((1 - p_p1 - p_m1) / np.maximum(p_p1, p_m1))
    return Strip(facts, cover, stego, changes, cost, p_p1 + p_m1)


def _embedded_in(stego_set: StegoSet, part: Part, shard: shards.Shard, row: int) -> tuple[NDArray[Any], ...] | None:
    """Pixels, or coefficients and table, of a cover; None if a shard of precomputed pairs has no coefficients."""
    if "quantization_table" not in shard.planes:
        return (np.asarray(shard.cover[row]),)
    if "cover_coefficients" in shard.planes:
        return np.asarray(shard.planes["cover_coefficients"][row]), shard.planes["quantization_table"][row]
    if stego_set.payload is None:
        return None
    cover = covers.read(Path(stego_set.covers(part)) / f"{shard.names[row]}.jpg")
    if not np.array_equal(cover.pixels, shard.cover[row]):
        raise DataError(
            f"{stego_set.shard(part)}: expected the cover {cover.name} of its shard, got another: it changed since; "
            "make the shards again"
        )
    return cover.arrays


def draw(path: Path, strips: Sequence[Strip]) -> None:
    """Draw strips of one stego set, one per row."""
    titles = ("cover", "cost (log10)", "change probability", f"changes x {GAIN} ({strips[0].facts['of']})", "stego")
    with styled(path, 5 * PANEL_INCHES + 1, (PANEL_INCHES + 0.1) * len(strips) + 0.3) as figure:
        axes = figure.subplots(len(strips), 5, squeeze=False)
        for strip, row in zip(strips, axes, strict=True):
            row[0].imshow(strip.cover, **GREYS)
            _map(figure, row[1], strip.cost, logarithmic=True)
            _map(figure, row[2], strip.probability)
            row[3].imshow(np.clip(128 + GAIN * strip.changes.astype(int), 0, 255), **GREYS)
            row[4].imshow(strip.stego, **GREYS)
            rate = f"{strip.facts['change_rate']:.3f} changed"
            row[0].set_ylabel(f"{strip.facts['cover']}\n{rate}", fontsize=7)
            for axis in row:
                axis.set(xticks=[], yticks=[])
                axis.grid(False)
        for axis, title in zip(axes[0], titles, strict=True):
            axis.set_title(title, fontsize=9)


def _map(figure: Figure, axis: Axes, values: NDArray[np.float64] | None, *, logarithmic: bool = False) -> None:
    """Draw values, infinite ones white, as are wet and zero costs."""
    if values is None:
        axis.text(0.5, 0.5, "needs\nkeep: coefficients", ha="center", va="center", transform=axis.transAxes, fontsize=8)
        return
    if logarithmic:
        with np.errstate(divide="ignore"):
            values = np.log10(values)
        values = np.where(np.isfinite(values), values, np.nan)
    drawn = axis.imshow(values, interpolation="nearest")
    figure.colorbar(drawn, ax=axis, fraction=0.046, pad=0.02).ax.tick_params(labelsize=6)


def write(folder: Path, shown: Sequence[tuple[StegoSet, Part]]) -> list[str]:
    """Draw one figure per stego set and write `strips.csv`; return the figures' names."""
    strips = {f"strips-{stego_set.source}-{stego_set.name}": of_shard(stego_set, part) for stego_set, part in shown}
    for name, of_set in strips.items():
        draw(folder / name, of_set)
    write_csv(folder / "strips.csv", DataFrame(strip.facts for of_set in strips.values() for strip in of_set))
    return list(strips)
