"""The card of a stego set: what is in it, how it was made, what was left out, whom to cite; one Markdown page."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tabulate import tabulate

from stegdata import checksums, exclusions, shards, splits
from stegdata.errors import DataError
from stegdata.files import atomic_write, sha256
from stegdata.names import PRECOMPUTED, StegoSet
from stegdata.sources.kinds import Kind

#: Names that a line lists at most.
LISTED = 10


def write(
    path: Path,
    sums_path: Path,
    *,
    split_path: Path,
    exclusions_path: Path,
    kind: Kind,
    facts: Mapping[str, object],
) -> None:
    """Write the card: no date, so that the same data give the same page.

    `sums_path` is `SHA256SUMS` of the stego set, beside its shards; `facts` are printed as they are. Raises DataError
    for a shard or table that cannot be read, or a group in two splits.
    """
    folder = Path(sums_path).parent
    digests, stego_set = checksums.read(folder), StegoSet.of_path(sums_path)
    opened = [shards.read(folder / name) for name in digests if name.endswith(".h5")]
    if not opened:
        raise DataError(f"{sums_path}: expected shards, got none: raise the sizes of the source")
    rows = splits.read(split_path)
    splits.check_groups(split_path, rows)
    attributes = opened[0].attributes
    sections = [
        f"# {stego_set.source} / {stego_set.name}",
        _table(("", ""), [*_described(opened), *((key, value) for key, value in facts.items())]),
        "## Pairs",
        "A cover and its stego share split, shard and row; no group is in two splits.",
        _table(("split", "covers", "groups", "pairs", "shards"), _counts(opened, rows)),
        "## Payload and change rate",
        _measured(attributes),
        _table(
            ("split", "payload, mean", "min", "max", "change rate, mean", "min", "max"), _payloads(opened), floats=".6f"
        ),
        "## Left out and noted",
        _left_out(opened, exclusions.read(exclusions_path)),
        "## Licence and citation",
        f"- images: {kind.citation}. Licence: {kind.licence}.\n- embedder: {attributes['citation']}.",
        "## Software",
        ", ".join(f"{k.removesuffix('_version')} {v}" for k, v in sorted(attributes.items()) if k.endswith("_version")),
        "## Hashes",
        _table(("file", "sha256"), [("split.tsv", sha256(split_path)), *digests.items()]),
    ]
    with atomic_write(path) as temporary:
        temporary.write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def _described(opened: Sequence[shards.Shard]) -> Iterable[tuple[str, object]]:
    attributes = opened[0].attributes
    height, width = opened[0].cover.shape[1:]
    yield "embedder", f"{attributes['embedder']}, version {attributes['version']}"
    precomputed = attributes["payload"] == PRECOMPUTED
    yield (
        "payload asked",
        "not told by who embedded" if precomputed else f"{attributes['payload']} {attributes['unit']}",
    )
    if "quality" in opened[0].planes:
        qualities = sorted({int(quality) for shard in opened for quality in shard.planes["quality"]})
        yield "JPEG quality", ", ".join(map(str, qualities))
    yield "pixels", f"{height}x{width}, {attributes['resize']}"
    if "coding" in attributes:
        losses = [float(loss) for shard in opened for loss in shard.planes.get("coding_loss", ())]
        loss = f"; mean coding loss {100 * np.mean(losses):.1f} %" if losses else ""
        yield "coding", f"{attributes['coding']}: random messages that are carried{loss}"
    if "seed" in attributes:
        yield "seed", attributes["seed"]


def _counts(opened: Sequence[shards.Shard], rows: Sequence[splits.Row]) -> Iterable[tuple[object, ...]]:
    for split in splits.SPLITS:
        assigned = [row for row in rows if row.split == split]
        of_split = [shard for shard in opened if shard.attributes["split"] == split]
        pairs = sum(len(shard.names) for shard in of_split)
        yield split, len(assigned), len({row.group for row in assigned}), pairs, len(of_split)


def _measured(attributes: Mapping[str, Any]) -> str:
    if attributes["payload"] == PRECOMPUTED:
        return f"An estimate, in {attributes['unit']}, from the changed coefficients: who embedded did not say."
    if "coding" in attributes:
        return f"Achieved: bits of the embedded message, in {attributes['unit']}; the change rate is of the stego."
    return f"Achieved: entropy of the change probabilities, in {attributes['unit']}; the change rate is of the draw."


def _payloads(opened: Sequence[shards.Shard]) -> Iterable[tuple[object, ...]]:
    for split in splits.SPLITS:
        of_split = [shard for shard in opened if shard.attributes["split"] == split]
        if of_split:
            payload = np.concatenate([shard.entropy_bits / shard.elements for shard in of_split])
            rate = np.concatenate([shard.change_rate for shard in of_split])
            yield split, payload.mean(), payload.min(), payload.max(), rate.mean(), rate.min(), rate.max()


def _left_out(opened: Sequence[shards.Shard], noted: Sequence[exclusions.Exclusion]) -> str:
    dropped = [name for shard in opened for name in json.loads(shard.attributes.get("dropped_names", "[]"))]
    noted = [
        *noted,
        *(exclusions.Exclusion(name, exclusions.LEFT_OUT, "as the stego equals its cover") for name in dropped),
        *(
            exclusions.Exclusion(name, exclusions.LEFT_OUT, f"as the embedder refused it: {_short(reason)}")
            for shard in opened
            for name, reason in shards.left_out(shard).items()
        ),
    ]
    lines = exclusions.summary(noted, LISTED)
    return "\n".join(f"- {line}" for line in lines) if lines else "Nothing."


def _short(reason: str) -> str:
    """What a refusal says, without numbers, so that like ones are told together, and without advice."""
    return re.sub(r"\d[\d.]*", "n", reason.partition(": ")[0].partition(", so ")[0])


def _table(headers: Sequence[str], rows: Iterable[Sequence[object]], floats: str = "g") -> str:
    escaped = [[cell.replace("|", "\\|") if isinstance(cell, str) else cell for cell in row] for row in rows]
    return tabulate(escaped, headers, tablefmt="github", floatfmt=floats, disable_numparse=[0])
