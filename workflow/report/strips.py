"""What embedding did to some covers: cover | cost map | change probability | changes x 64 | stego."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import embedders
from models.figures import styled
from models.layout import write_csv
from stegdata import DataError, jpeg, shards
from stegdata.names import parse_stego_set
from workflow.embedding import embedder_of

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
        source, stego set, cover, and what was measured: all that `stego embed` needs to make it again.
    cover, stego : numpy.ndarray
        uint8, pixels.
    changes : numpy.ndarray
        int, of pixels or of coefficients: stego less cover.
    cost : numpy.ndarray or None
        Costs, `inf` where wet; of J-MiPOD the Fisher information. None where a shard keeps no coefficients.
    probability : numpy.ndarray or None
        Of a change in either direction.
    """

    facts: dict[str, Any]
    cover: NDArray[np.uint8]
    stego: NDArray[np.uint8]
    changes: NDArray[np.int16]
    cost: NDArray[np.float64] | None
    probability: NDArray[np.float64] | None


def jpeg_covers_of(shard: Path) -> Path | None:
    """Folder of the JPEG covers of a shard that was embedded by ourselves; None where there is none."""
    results, source, stego_set = shard.parents[3], *shard.parts[-3:-1]
    quality = parse_stego_set(stego_set).quality
    return None if quality is None else results / "covers" / source / f"q{quality}" / shard.stem


def of_shard(path: Path, jpeg_covers: Path | None) -> list[Strip]:
    """Strips of some pairs of `results/shards/<source>/<stego set>/<split>-<nnn>.h5`.

    Parameters
    ----------
    path : Path
        The shard.
    jpeg_covers : Path or None
        Folder of its JPEG covers, where it was embedded by ourselves in the JPEG domain.

    Raises
    ------
    DataError
        If embedding once more gives another stego than the shard holds.
    """
    shard = shards.read(path)
    rows = np.unique(np.linspace(0, len(shard.names) - 1, SHOWN).round().astype(int))
    return [_strip(path, shard, row, jpeg_covers) for row in rows.tolist()]


def _strip(path: Path, shard: shards.Shard, row: int, jpeg_covers: Path | None) -> Strip:
    source, stego_set = path.parts[-3:-1]
    attributes, name = shard.attributes, str(shard.names[row])
    facts = {"source": source, "stego_set": stego_set, "cover": name, "shard": path.name, "row": row}
    facts |= {"seed": attributes.get("seed", ""), "change_rate": float(shard.change_rate[row])}
    facts |= {"payload": float(shard.entropy_bits[row] / shard.elements[row])}
    cover, stego = np.asarray(shard.cover[row]), np.asarray(shard.stego[row])
    embedder = parse_stego_set(stego_set).embedders[0]
    if embedders.EMBEDDERS[embedder].domain == "spatial":
        changes = stego.astype(np.int16) - cover
        return Strip(facts, cover, stego, changes, *_maps(embedder, attributes["payload"], cover))
    planes = shard.planes
    if jpeg_covers is not None:
        plane, changes, table = _embedded_again(path, shard, row, jpeg_covers)
        return Strip(facts, cover, stego, changes, *_maps(embedder, attributes["payload"], plane, table))
    if "cover_coefficients" in planes:
        plane, table = np.asarray(planes["cover_coefficients"][row]), planes["quantization_table"][row]
        changes = planes["stego_coefficients"][row] - plane
        return Strip(facts, cover, stego, changes, *_maps(embedder, facts["payload"], plane, table))
    return Strip(facts, cover, stego, stego.astype(np.int16) - cover, None, None)


def _embedded_again(
    path: Path, shard: shards.Shard, row: int, jpeg_covers: Path
) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.uint16]]:
    """Coefficients of a cover, their changes, and the table: shards need not keep them."""
    source, stego_set = path.parts[-3:-1]
    sets, name = parse_stego_set(stego_set), str(shard.names[row])
    cover = jpeg.read(jpeg_covers / f"{name}.jpg")
    plane, table = cover.coefficients[0], cover.quantization_tables[0]
    embed = embedder_of(sets.embedders[0], sets.payload, int(shard.attributes["seed"]), f"{source}/q{sets.quality}")
    stego = embed(name, plane, table).stego
    if not np.array_equal(embedders.dct.decode(stego, table)[: cover.height, : cover.width], shard.stego[row]):
        raise DataError(
            f"{path}: expected the stego of {name} that embedding gives once more, got another: cover or software "
            "changed since; make the shards again"
        )
    return plane, stego - plane, table


def _maps(embedder: str, payload: float, *cover: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Costs (of J-MiPOD, which has none, Fisher information) and the probability of a change."""
    costs = embedders.jmipod.fisher_information(*cover) if embedder == "jmipod" else embedders.cost(embedder, *cover)
    return costs, np.add(*embedders.change_probabilities(embedder, *cover, payload=payload))


def draw(path: Path, strips: Sequence[Strip]) -> None:
    """Draw strips of one stego set, one a row."""
    embedder = parse_stego_set(strips[0].facts["stego_set"]).embedders[0]
    where = "pixels" if embedders.EMBEDDERS[embedder].domain == "spatial" or strips[0].cost is None else "coefficients"
    what = "Fisher information" if embedder == "jmipod" else "cost"
    titles = ("cover", f"{what} (log10)", "change probability", f"changes x {GAIN} ({where})", "stego")
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


def write(folder: Path, shown: Sequence[tuple[Path, Path | None]]) -> list[str]:
    """Draw one figure a stego set and write `strips.csv`; return the figures' names."""
    names, facts = [], []
    for path, jpeg_covers in shown:
        found = of_shard(path, jpeg_covers)
        names.append(f"strips-{path.parts[-3]}-{path.parts[-2]}")
        draw(folder / names[-1], found)
        facts += [strip.facts for strip in found]
    write_csv(folder / "strips.csv", facts)
    return names
