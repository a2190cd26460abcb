"""What classifiers and means chose, and from what: error by size of subspaces, number of learners, lambda, weight."""

import json
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from models import FEATURE_DETECTORS
from stegdata.names import TrainedDetector
from workflow.report.style import COLOURS, LINES, styled
from workflow.report.table import Row, Table

NOTE = (
    "Chosen without test. An ensemble chooses by its out-of-bag error (images that a learner was not shown), a ridge "
    "by predicting groups (photographs, patients) that were left out, both without validation; a mean gives its "
    "network the weight of the smallest loss on validation. Error: of that choice, in per cent."
)


def read(detectors: Sequence[TrainedDetector]) -> list[tuple[TrainedDetector, dict[str, Any]]]:
    """What each feature detector and mean of a run chose, where there was anything to choose."""
    chosen = [
        (one, json.loads(Path(one.file("model.json")).read_text(encoding="utf-8"))["chosen"])
        for one in detectors
        if one.name in FEATURE_DETECTORS or len(one.parts) > 1
    ]
    return [(one, found) for one, found in chosen if "tried" in found]


def build(detectors: Sequence[TrainedDetector]) -> Table:
    """A row a detector and choice that was tried."""
    rows = []
    for one, found in read(detectors):
        name = next(name for name in ("subspace", "lambda", "weight") if name in found)
        for tried in found["tried"]:
            row: Row = {"data": one.stego_set.source, "stego_set": one.stego_set.name, "detector": one.title}
            row |= {"choice": name, "value": f"{tried[name]:g}", "error": tried["error"]}
            row["chosen"] = "yes" if tried[name] == found[name] else ""
            rows.append(row | {"learners": found.get("learners", "")})
    return Table("choices", "What classifiers chose", NOTE, rows)


def curves(detectors: Sequence[TrainedDetector]) -> list[Row]:
    """Out-of-bag error after each learner of the ensembles."""
    return [
        {"stego_set": str(one.stego_set), "detector": one.title, "learners": number, "error": error}
        for one, found in read(detectors)
        for number, error in enumerate(found.get("curve", ()), 1)
    ]


def draw(path: Path, rows: Sequence[Row]) -> None:
    """Draw the out-of-bag error by number of learners, a line a detector."""
    lines: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        lines.setdefault((row["stego_set"], row["detector"]), []).append(row["error"])
    with styled(path, 8, 4) as figure:
        axis = figure.subplots()
        for (name, errors), colour, style in zip(lines.items(), cycle(COLOURS), cycle(LINES), strict=False):
            axis.plot(range(1, len(errors) + 1), errors, style, color=colour, linewidth=1.4, label=" ".join(name))
        axis.axhline(0.5, color="grey", linewidth=1, linestyle=":")
        axis.set(xlabel="learners", ylabel="out-of-bag error", ylim=(0, 0.6))
        figure.legend(loc="outside right upper", fontsize=7)
