"""What embedding did to some covers: cover | cost map | change probability | changes x 64 | stego."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import embedders
from stegdata import DataError, covers, shards
from stegdata.names import Part, StegoSet
from workflow.report.style import styled
from workflow.report.table import write_csv

#: Covers of each stego set, evenly spread over one shard.
SHOWN = 3
#: Grey levels that a change by one is drawn with.
GAIN = 64
PANEL_INCHES = 2.1


@dataclass(frozen=True)
class Strip:
    """One cover on its way to a stego; arrays [height, width].

    Attributes
    ----------
    facts : dict
        stego set, cover, seed: all that `stego embed` needs to make it again; what was measured; `of`, what changed.
    cover, stego : numpy.ndarray
        uint8, pixels.
    changes : numpy.ndarray
        int, of pixels or of coefficients: stego less cover.
    cost : numpy.ndarray or None
        ln(p_0 / p), p the larger probability of +1 and -1: of additive costs lambda rho; `inf` where wet. None where
        precomputed pairs keep no coefficients.
    probability : numpy.ndarray or None
        Of a change in either direction.
    """

    facts: dict[str, Any]
    cover: NDArray[np.uint8]
    stego: NDArray[np.uint8]
    changes: NDArray[np.int16]
    cost: NDArray[np.float64] | None
    probability: NDArray[np.float64] | None


def of_shard(stego_set: StegoSet, part: Part) -> list[Strip]:
    """Strips of some pairs of a shard of one source and one embedder.

    Raises
    ------
    DataError
        If the shard or a JPEG cover cannot be read, or the cover is not the shard's.
    """
    shard = shards.read(Path(stego_set.shard(part)))
    rows = np.unique(np.linspace(0, len(shard.names) - 1, SHOWN).round().astype(int))
    return [_strip(stego_set, part, shard, row) for row in rows.tolist()]


def _strip(stego_set: StegoSet, part: Part, shard: shards.Shard, row: int) -> Strip:
    name, payload = str(shard.names[row]), float(shard.entropy_bits[row] / shard.elements[row])
    facts = {"stego_set": str(stego_set), "cover": name, "shard": str(part), "row": row}
    facts |= {
        "seed": shard.attributes.get("seed", ""),
        "change_rate": float(shard.change_rate[row]),
        "payload": payload,
    }
    cover, stego = np.asarray(shard.cover[row]), np.asarray(shard.stego[row])
    kept = "changes" in shard.planes
    changes = shard.planes["changes"][row] if kept else stego.astype(np.int16) - cover
    facts["of"] = "coefficients" if kept else "pixels"
    changed = _changed(stego_set, part, shard, row)
    if changed is None:
        return Strip(facts, cover, stego, changes, None, None)
    asked = payload if stego_set.payload is None else stego_set.payload
    p_p1, p_m1 = embedders.change_probabilities(stego_set.embedder, *changed, payload=asked)
    with np.errstate(divide="ignore", over="ignore"):  # of wet elements, and of those that next to never change
        cost = np.log((1 - p_p1 - p_m1) / np.maximum(p_p1, p_m1))
    return Strip(facts, cover, stego, changes, cost, p_p1 + p_m1)


def _changed(stego_set: StegoSet, part: Part, shard: shards.Shard, row: int) -> tuple[NDArray[Any], ...] | None:
    """What was embedded in: pixels, or coefficients and table; None where a shard of precomputed pairs has neither."""
    if "quantization_table" not in shard.planes:
        return (np.asarray(shard.cover[row]),)
    table = shard.planes["quantization_table"][row]
    if "cover_coefficients" in shard.planes:
        return np.asarray(shard.planes["cover_coefficients"][row]), table
    if stego_set.quality is None:
        return None
    found = covers.read(Path(stego_set.covers(part)) / f"{shard.names[row]}.jpg")
    if not np.array_equal(found.pixels, shard.cover[row]):
        raise DataError(
            f"{stego_set.shard(part)}: expected the cover {found.name} of its shard, got another: it changed since; "
            "make the shards again"
        )
    return found.arrays


def draw(path: Path, strips: Sequence[Strip]) -> None:
    """Draw strips of one stego set, one a row."""
    titles = ("cover", "cost (log10)", "change probability", f"changes x {GAIN} ({strips[0].facts['of']})", "stego")
    with styled(path, 5 * PANEL_INCHES + 1, (PANEL_INCHES + 0.1) * len(strips) + 0.3) as figure:
        axes = figure.subplots(len(strips), 5, squeeze=False)
        for strip, row in zip(strips, axes, strict=True):
            greys = {"cmap": "gray", "vmin": 0, "vmax": 255, "interpolation": "nearest"}
            row[0].imshow(strip.cover, **greys)
            _map(figure, row[1], None if strip.cost is None else _log10(strip.cost))
            _map(figure, row[2], strip.probability)
            row[3].imshow(np.clip(128 + GAIN * strip.changes.astype(int), 0, 255), **greys)
            row[4].imshow(strip.stego, **greys)
            rate = f"{strip.facts['change_rate']:.3f} changed"
            row[0].set_ylabel(f"{strip.facts['cover']}\n{rate}", fontsize=7)
        for axis, title in zip(axes[0], titles, strict=True):
            axis.set_title(title, fontsize=9)
        for axis in axes.flat:
            axis.set(xticks=[], yticks=[])
            axis.grid(False)


def _log10(costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm; wet (infinite) and zero become NaN, which is drawn white."""
    with np.errstate(divide="ignore"):
        logarithm = np.log10(costs)
    return np.where(np.isfinite(logarithm), logarithm, np.nan)


def _map(figure: Any, axis: Any, values: NDArray[np.float64] | None) -> None:  # noqa: ANN401 matplotlib's
    if values is None:
        axis.text(0.5, 0.5, "needs\nkeep: coefficients", ha="center", va="center", transform=axis.transAxes, fontsize=8)
        return
    drawn = axis.imshow(values, interpolation="nearest")
    figure.colorbar(drawn, ax=axis, fraction=0.046, pad=0.02).ax.tick_params(labelsize=6)


def write(folder: Path, shown: Sequence[tuple[StegoSet, Part]]) -> list[str]:
    """Draw one figure a stego set and write `strips.csv`; return the figures' names."""
    names, facts = [], []
    for stego_set, part in shown:
        found = of_shard(stego_set, part)
        names.append(f"strips-{stego_set.source}-{stego_set.name}")
        draw(folder / names[-1], found)
        facts += [strip.facts for strip in found]
    write_csv(folder / "strips.csv", facts)
    return names
